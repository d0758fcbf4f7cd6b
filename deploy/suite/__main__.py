"""python3 -m deploy.suite COMMAND ..: what ./otrp hands over to."""

import sys

from deploy.suite import demo, drill, load, observe, stack

COMMANDS = {"demo": demo.main, "drill": drill.main, "load": load.main,
            "observe": observe.main}


def main():
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in COMMANDS:
        # Verbs of the stack itself, and its usage.
        return stack.main()
    del sys.argv[1]
    return COMMANDS[name]()


if __name__ == "__main__":
    sys.exit(main())
