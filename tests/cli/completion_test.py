"""What the three command lines offer in the shells that people use: the
scripts are loaded by the shells themselves, which then complete."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAMS = {
    "otrpctl": os.path.abspath("clients/otrpctl/otrpctl"),
    "otrp-device": os.path.abspath("clients/device/otrp-device"),
    "otrp-load": os.path.abspath("clients/load/otrp-load"),
}

# What is typed, the last word of it unfinished -> what must be offered, and
# what mustn't.
CASES = [
    (["otrpctl", "dev"], {"device"}, {"ca"}),
    (["otrpctl", "device", ""], {"list", "show", "retry"}, {"add"}),
    (["otrpctl", "ca", "issue", "--c"], {"--csr", "--cn"}, {"--out"}),
    (["otrpctl", "device", "list", "-o", ""], {"table", "json", "yaml", "name"},
     {"list"}),
    (["otrpctl", "context", ""], {"list", "use", "rm"}, {"login"}),
    (["otrpctl", "login", "--"], {"--server", "--code-file"}, {"--code"}),
    (["otrpctl", "help", "session", ""], {"list", "show"}, {"device"}),
    (["otrp-device", ""], {"init", "contact", "completion"}, {"run"}),
    (["otrp-device", "init", "--alg", "r"], {"rsa"}, {"ec"}),
    (["otrp-load", "run", "--ma"], {"--max-errors"}, {"--mix"}),
]


class CompletionTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        bin_folder = os.path.join(self.folder, "bin")
        os.mkdir(bin_folder)
        for name, program in PROGRAMS.items():
            os.symlink(program, os.path.join(bin_folder, name))
        self.env = {**os.environ, "HOME": self.folder,
                    "XDG_CONFIG_HOME": self.folder,
                    "XDG_DATA_HOME": self.folder,
                    "PATH": bin_folder + ":" + os.environ["PATH"]}

    def shell(self, name):
        """Its path; without it the test is skipped, aloud."""
        path = shutil.which(name)
        if path is None:
            print(f"SKIPPED: {name} is not installed (apt-get install "
                  f"{name}): its completion was not tested", file=sys.stderr)
            self.skipTest(f"{name} is not installed")
        return path

    def output_of(self, *argv, cwd=None):
        done = subprocess.run(argv, capture_output=True, text=True,
                              check=False, env=self.env, timeout=60,
                              cwd=cwd or self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""), argv)
        return done.stdout

    def script_of(self, program, shell):
        path = os.path.join(self.folder, f"{program}.{shell}")
        with open(path, "w", encoding="utf-8") as f:
            f.write(self.output_of(program, "completion", shell))
        return path

    def check(self, shell, offered_for):
        for words, must, must_not in CASES:
            with self.subTest(shell=shell, words=words):
                offered = set(offered_for(
                    words, self.script_of(words[0], shell)).splitlines())
                self.assertLessEqual(must, offered)
                self.assertFalse(must_not & offered)

    def in_bash(self, words, script, cwd=None):
        function = "_" + words[0].replace("-", "_")
        return self.output_of(
            self.shell("bash"), "--norc", "-c",
            'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
            f'{function}; printf "%s\\n" "${{COMPREPLY[@]}}"',
            "bash", script, *words, cwd=cwd)

    def test_bash(self):
        self.check("bash", self.in_bash)

    def test_bash_knows_for_which_program_it_is(self):
        for program in PROGRAMS:
            shown = self.output_of(
                self.shell("bash"), "--norc", "-c",
                'source "$1"; complete -p "$2"', "bash",
                self.script_of(program, "bash"), program)
            self.assertIn(f"-F _{program.replace('-', '_')}", shown)

    def test_bash_completes_files_and_what_follows_an_equals_sign(self):
        script = self.script_of("otrpctl", "bash")
        files = os.path.join(self.folder, "files")
        os.mkdir(files)
        for name in ("root.pem", "root with space.pem", "other.pem"):
            with open(os.path.join(files, name), "w", encoding="utf-8"):
                pass
        offered = self.in_bash(
            ["otrpctl", "trust", "add", "--cert", "root"], script, cwd=files)
        self.assertEqual(set(offered.splitlines()),
                         {"root.pem", "root with space.pem"})
        # bash makes three words of it.
        offered = self.in_bash(
            ["otrpctl", "trust", "add", "--role", "=", "t"], script)
        self.assertEqual(set(offered.splitlines()), {"tee", "tfw"})

    def test_zsh(self):
        zsh = self.shell("zsh")
        for program in PROGRAMS:
            self.output_of(zsh, "-n", self.script_of(program, "zsh"))
        # The function itself, without the line editor around it.
        self.check("zsh", lambda words, script: self.output_of(
            zsh, "-f", "-c",
            "compdef() { }; "
            '_describe() { print -rl -- "${(@)candidates%%:*}"; }; '
            'source "$1"; shift; words=("$@"); CURRENT=$#; '
            f'_{words[0].replace("-", "_")}',
            "zsh", script, *words))

    def test_fish(self):
        fish = self.shell("fish")
        for program in PROGRAMS:
            self.output_of(fish, "-n", self.script_of(program, "fish"))

        def offered(words, script):
            lines = self.output_of(
                fish, "--no-config", "-c",
                'source $argv[1]; complete -C "$argv[2]"', script,
                " ".join(words))
            return "\n".join(line.split("\t")[0]
                             for line in lines.splitlines())
        self.check("fish", offered)


if __name__ == "__main__":
    unittest.main()
