"""The rules of the house that a machine can see, over the whole checkout:
floors, doors, sizes, guards, links. docs/architecture.md is their text."""

import os
import re
import unittest

# The test runs from links into the checkout.
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
SKIPPED = {".git", ".otrp", "node_modules", "__pycache__"}

FLOORS = {
    "protos": 0, "libs/base": 0,
    "libs/telemetry": 1, "libs/config": 1, "libs/json": 1, "libs/crypto": 1,
    "libs/cbor": 1, "libs/cose": 2,
    "libs/jose": 2, "libs/pki": 2, "libs/store": 2, "libs/rpc": 2,
    "libs/http": 2, "libs/cli": 2,
    "libs/protocol": 3, "libs/service": 3, "libs/rest": 3,
    "libs/attest": 4, "libs/advice": 5,
    "services": 6, "clients": 6, "tests": 7,
}

# Prefix of an include -> who may have it.
DOORS = {
    "openssl/": r"libs/crypto/",
    "p11-kit/": r"libs/crypto/",
    "pqxx/": r"libs/store/",
    "nlohmann/": r"tests/(fuzz/json_fuzz|bench/libs_bench)\.cc$",
    "boost/json": r"libs/json/",
    "cbor.h": r"libs/cbor/",
    "prometheus/": r"libs/telemetry/",
    "boost/": r"libs/(http|json)/",
    "CLI/": r"libs/cli/",
    "grpcpp/": r"libs/(rpc|service)/|services/\w+/(server|services)\.|"
               r"services/\w+/(handlers|clients|testing)/|clients/|tests/|"
               r".*_test\.cc$",
}


def files(*endings):
    """Paths below the root, with '/'."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [f for f in folders
                      if f not in SKIPPED and not f.startswith("bazel-")]
        for name in names:
            # Of a second work tree, .git is a file.
            if name in SKIPPED:
                continue
            path = os.path.relpath(os.path.join(folder, name), ROOT)
            if not endings or path.endswith(endings):
                found.append(path)
    return sorted(found)


def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def part_of(path):
    """Key of FLOORS, or None."""
    parts = path.split("/")
    for key in ("/".join(parts[:2]), parts[0]):
        if key in FLOORS:
            return key
    return None


SOURCES = (".cc", ".h")
# Services without a gRPC server.
WEB = ("gateway", "api")


def each(*endings):
    """(path, text) of the files that are text."""
    for path in files(*endings):
        try:
            yield path, text_of(path)
        except UnicodeDecodeError:
            pass


def includes():
    """(path, what it includes)."""
    for path, text in each(*SOURCES):
        for name in re.findall(r'^#include [<"]([^>"]+)[>"]', text, re.M):
            yield path, name


# Words that say nothing of their own in a comment.
FILLERS = set("a an the of to for and or its it this that is are be with in on "
              "from by as at returns gets sets makes".split())


def plan_of_a_service():
    """(names, where) of the rows in docs/architecture.md: "all", "gRPC",
    "some" or a service's folder."""
    section = text_of("docs/architecture.md").partition(
        "## A service from the inside")[2].partition("\n## ")[0]
    for names, where in re.findall(r"^\| (`.+?`) \| (\w+) \|", section, re.M):
        yield re.findall(r"`([^`]+)`", names), where


def stems(text):
    """The words of a comment or a name, without their endings."""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    for word in re.findall(r"[a-z0-9]+", text.lower().replace("_", " ")):
        yield re.sub(r"(?<=\w{3})(ies|es|s|ed|ing|y)$", "", word)


def repeating_comments():
    """Comments of one line whose words are all in the line of code below."""
    for path, text in each(*SOURCES):
        lines = text.splitlines()
        for number in range(1, len(lines) - 1):
            before, line, after = (one.strip()
                                   for one in lines[number - 1:number + 2])
            if not line.startswith("// ") or before.startswith("//") or \
                    after.startswith("//"):
                continue
            # A form, another name, whose it is, a ruler between sections.
            if re.search(r'"|\(\)|---|^// (Of|For) ', line):
                continue
            words = [word for word in stems(line)
                     if word not in FILLERS]
            if words and set(words) <= set(stems(after)):
                yield f"{path}:{number + 1}: {line}"


class HouseTest(unittest.TestCase):

    def none(self, problems):
        problems = list(problems)
        self.assertEqual(problems, [], "\n" + "\n".join(problems))

    def test_there_is_something_to_look_at(self):
        self.assertGreater(len(files(*SOURCES)), 300)

    def test_only_lower_floors_are_used(self):
        def wrong():
            for path, name in includes():
                part, used = part_of(path), part_of(name)
                if name.startswith("otrp/"):
                    used = "protos"
                if part is None or used is None or part == used:
                    continue
                if path.endswith("_test.cc") or "/testing/" in path:
                    continue  # Tests stand on top.
                if FLOORS[used] >= FLOORS[part]:
                    yield f"{path} includes {name}"
        self.none(wrong())

    def test_services_and_clients_keep_to_themselves(self):
        # A load is made of software devices.
        built_upon = {"clients/load/": "clients/device/"}

        def wrong():
            for path, name in includes():
                mine = "/".join(path.split("/")[:2]) + "/"
                if name.startswith(built_upon.get(mine, mine)):
                    continue
                if path.startswith(("services/", "clients/")) and \
                        name.startswith(("services/", "clients/")) and \
                        not name.startswith(mine):
                    yield f"{path} includes {name}"
        self.none(wrong())

    def test_the_rooms_of_the_tsm_stand_in_their_order(self):
        def room(path):
            """How high it stands; whoever is higher may use the lower."""
            order = (r"services/tsm/(errors|limits)\.h",
                     r"services/tsm/domain/",
                     r"services/tsm/(storage|clients)/",
                     r"services/tsm/identity/", r"services/tsm/pulling/",
                     r"services/tsm/messaging/",
                     r"services/tsm/env\.h", r"services/tsm/handlers/",
                     r"services/tsm/")
            return next((height for height, name in enumerate(order)
                         if re.match(name, path)), None)

        def wrong():
            for path, name in includes():
                if room(path) is None or room(name) is None or \
                        path.endswith("_test.cc") or "/testing/" in path:
                    continue
                door = "services/tsm/messaging/messenger.h"
                if room(name) > room(path) or (
                        "/messaging/" in name and name != door and
                        "/messaging/" not in path):
                    yield f"{path} includes {name}"
        self.none(wrong())

    def test_one_door_per_dependency(self):
        self.none(f"{path} includes {name}" for path, name in includes()
                  for prefix, owners in DOORS.items()
                  if name.startswith(prefix) and not re.match(owners, path))

    def test_a_domain_does_no_io(self):
        self.none(f"{path} includes {name}" for path, name in includes()
                  if re.match(r"services/\w+/domain/", path)
                  and not path.endswith("_test.cc")
                  and name.startswith(("pqxx/", "libs/http/", "libs/store/p",
                                       "fstream", "sys/socket")))

    def test_sizes(self):
        # What a generator writes is as long as what it is made of.
        self.none(f"{path} has {text.count(chr(10))} lines"
                  for path, text in each(*SOURCES, ".py", ".sh")
                  if not text.startswith('"""Made by ') and text.count("\n") > (
                      40 if re.fullmatch(r"services/\w+/main\.cc", path)
                      else 600))

    def test_eighty_columns(self):
        def wrong():
            for path, text in each(*SOURCES, ".py", ".proto", ".sql"):
                for number, line in enumerate(text.splitlines(), 1):
                    if "://" in line or line.startswith("#"):
                        continue
                    if len(line) > 80 or line != line.rstrip():
                        yield f"{path}:{number}"
        self.none(wrong())

    def test_include_guards(self):
        def wrong():
            for path, text in each(".h"):
                guard = re.sub(r"[^A-Z0-9]", "_", path.upper()) + "_"
                found = re.search(r"^#ifndef (\w+)\n#define (\w+)$", text,
                                  re.M)
                if not found or found[1] != found[2] or \
                        found[1] not in (guard, "OTRP_" + guard):
                    yield path
        self.none(wrong())

    def test_headers_of_libraries_say_what_they_are(self):
        self.none(path for path, text in each(".h")
                  if path.startswith("libs/")
                  and not re.search(r"^// .", text.split("\nnamespace")[0],
                                    re.M))

    def test_nothing_is_left_open(self):
        words = "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK"))
        self.none(path for path, text in each(
            *SOURCES, ".py", ".sh", ".proto", ".sql", "BUILD", ".bzl")
            if re.search(rf"\b({words})\b", text))

    def test_no_path_of_a_machine_and_no_download(self):
        patterns = ["/" + "work/", r"/tmp/[a-z]*_" + "jobs",
                    "https?://(deb|" + "registry)[.]", "http_" + "archive"]
        self.none(f"{path}: {pattern}" for path, text in each()
                  for pattern in patterns if re.search(pattern, text))

    def test_every_test_is_built(self):
        def wrong():
            for path in files("_test.cc", "_test.py"):
                folder, name = os.path.split(path)
                # A folder without BUILD belongs to the package above it.
                while not os.path.exists(os.path.join(ROOT, folder, "BUILD")):
                    folder, last = os.path.split(folder)
                    name = os.path.join(last, name)
                build = text_of(os.path.join(folder, "BUILD"))
                stem = name.rsplit(".", 1)[0]
                short = stem[:-len("_test")]
                if name == "authz_test.cc" and "otrp_service(" in build:
                    continue
                if not (f'"{name}"' in build or f'"{stem}"' in build or
                        f'"{short}"' in build and '+ "_test.cc"' in build):
                    yield path
        self.none(wrong())

    def test_migrations_count_on(self):
        for service in os.listdir(os.path.join(ROOT, "services")):
            folder = os.path.join(ROOT, "services", service, "storage",
                                  "migrations")
            if not os.path.isdir(folder):
                continue
            numbers = sorted(int(n.split("_")[0]) for n in os.listdir(folder)
                             if n.endswith(".sql"))
            # From the first one on, none twice; gaps are between subjects.
            self.assertEqual(numbers[:1], [1], service)
            self.assertEqual(len(set(numbers)), len(numbers), service)

    def test_services_have_the_files_of_the_plan(self):
        wanted, allowed = {}, {}
        services = sorted(os.listdir(os.path.join(ROOT, "services")))
        for names, where in plan_of_a_service():
            for service in services:
                if where not in ("all", "some", service) and not (
                        where == "gRPC" and service not in WEB):
                    continue
                allowed.setdefault(service, set()).update(names)
                if where != "some":
                    wanted.setdefault(service, set()).update(names)
        self.assertGreater(len(wanted["ca"]), 15)

        def wrong():
            for service in services:
                folder = os.path.join(ROOT, "services", service)
                there = {name + ("/" if os.path.isdir(
                    os.path.join(folder, name)) else "")
                    for name in os.listdir(folder)}
                # Beside what it tests.
                there = {name for name in there if not (
                    name.endswith("_test.cc") and name not in allowed[service]
                    and name[:-len("_test.cc")] + ".cc" in there)}
                for name in wanted[service] - there:
                    yield f"services/{service}/{name} is missing"
                for name in there - allowed[service]:
                    yield f"services/{service}/{name} isn't in the plan"
        self.none(sorted(set(wrong())))

    def test_no_comment_repeats_the_name_below(self):
        self.none(repeating_comments())

    def test_statements_of_sql_are_raw_strings(self):
        # Two literals after another, where a statement's words are in one.
        quoted = re.compile(r'"((?:[^"\\\n]|\\.)*)"\s*\n\s*'
                            r'"((?:[^"\\\n]|\\.)*)"')
        words = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|"
                           r"FROM|WHERE|VALUES|RETURNING|JOIN|ORDER BY)\b")

        def wrong():
            for path, text in each(*SOURCES):
                if not re.match(r"services/\w+/storage/", path) or \
                        path.endswith("_test.cc"):
                    continue
                for match in quoted.finditer(text):
                    if words.search(match[1] + " " + match[2]):
                        number = text.count("\n", 0, match.start()) + 1
                        yield f"{path}:{number}"
        self.none(wrong())

    def test_audit_details_are_built(self):
        self.none(path for path, text in each(".cc")
                  if re.match(r"services/\w+/handlers/", path)
                  and not path.endswith("_test.cc") and '"{\\"' in text)

    def test_no_decision_reads_the_text_of_an_error(self):
        reads = re.compile(
            r"(StrContains|StartsWith|EndsWith)\w*\([^;{}]*\bmessage\(\)|"
            r"status\(?\)?[.]message\(\)\s*(==|!=|[.]r?find|[.]substr)")
        self.none(
            f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
            for path, text in each(*SOURCES)
            # libs/cli puts the flag's name where the field stands.
            if not re.match(r"tests/|libs/cli/|.*_test\.cc$|.*/testing/", path)
            for match in reads.finditer(text))

    def test_no_table_has_a_hash_that_strangers_can_know(self):
        # libstdc++'s is the same in each process, so that names which all
        # collide can be made; Abseil's isn't.
        self.none(path for path, text in each(*SOURCES)
                  if re.match(r"(libs|services|clients)/", path)
                  and "std::unordered_" in text)

    def test_errors_begin_with_their_field(self):
        made = re.compile(r"InvalidArgumentError\(\s*(?:absl::StrCat\(\s*)?"
                          r"(.{,40})", re.S)
        good = re.compile(r'(field,\s*": |"[a-z][a-z0-9_.]*: )')

        def wrong():
            for path, text in each(*SOURCES):
                if not re.match(r"services/\w+/(errors\.h$|handlers/)", path) \
                        or path.endswith("_test.cc") or \
                        path.split("/")[1] in WEB:
                    continue
                for match in made.finditer(text):
                    if not good.match(match[1]):
                        yield f"{path}: {match[1].strip()}"
        self.none(wrong())

    def test_every_service_explains_itself(self):
        def wrong():
            for service in os.listdir(os.path.join(ROOT, "services")):
                readme = text_of(f"services/{service}/README.md")
                for words in ("Owns", "Calls", "Called by", "## Fails how",
                              "## Metrics", "lert"):
                    if words not in readme:
                        yield f"{service}: {words}"
        self.none(wrong())

    def test_commands_on_pages_stand_in_blocks_and_exist(self):
        """otrpctl's are those of docs/otrpctl.md, which is made from its
        table; ./otrp's those of its help."""
        known = {}
        for row in re.findall(r"^\| `otrpctl (.+?)` \|",
                              text_of("docs/otrpctl.md"), re.M):
            words = []
            for word in row.split():
                if not re.fullmatch(r"[a-z]+(-[a-z]+)*", word):
                    break
                words.append(word)
            known[tuple(words)] = set(re.findall(r"--([a-z-]+)", row))
        self.assertGreater(len(known), 30)
        shared = {"output", "help", "version", "timeout", "tls-dir", "ca-addr",
                  "tsm-addr", "portal-addr", "verifier-addr"}
        mine = set(re.findall(r"^  ([a-z]+(?: \| [a-z]+)*)\)$",
                              text_of("otrp"), re.M))
        mine = {word for words in mine for word in words.split(" | ")}
        self.assertIn("observe", mine)

        def wrong(path, number, line):
            line = line.replace("\\|", "|")
            if re.match(r"\./otrp ", line):
                yield f"{path}:{number}: outside of a code block"
            for word in re.findall(r"\./otrp ([a-z][a-z0-9_]*)", line):
                if word not in mine:
                    yield f"{path}:{number}: ./otrp {word} doesn't exist"
            for call in re.findall(
                    r"(?:\./otrp ctl|(?<![./\w-])otrpctl) "
                    r"((?:[a-z]+(?:-[a-z]+)* ?)+"
                    r"[^|;`$)]*)", line):
                words = re.match(r"(?:[a-z]+(?:-[a-z]+)* ?)*", call)[0].split()
                if not words or words[0] in ("help", "completion", "and"):
                    continue
                found = next((known[tuple(words[:n])] for n in (2, 1)
                              if tuple(words[:n]) in known), None)
                if found is None:
                    yield f"{path}:{number}: otrpctl {call} doesn't exist"
                    continue
                for flag in re.findall(r"(?<=\s)--([a-z-]+)", call):
                    if flag not in found | shared:
                        yield f"{path}:{number}: --{flag} of otrpctl {call}"

        def all_pages():
            for path, text in each(".md"):
                if not path.startswith(("docs/", "deploy/playbooks/")) and \
                        path != "README.md":
                    continue
                fenced = False
                for number, line in enumerate(text.splitlines(), 1):
                    if line.startswith("```"):
                        fenced = not fenced
                    # In a block, it doesn't begin its line for this test.
                    yield from wrong(path, number,
                                     "    " + line if fenced else line)
        self.none(all_pages())

    def test_links_in_the_documents_lead_somewhere(self):
        self.none(f"{path}: {target}" for path, text in each(".md")
                  for target in re.findall(r"\]\(([^)#:]+)\)", text)
                  if not os.path.exists(os.path.join(
                      ROOT, os.path.dirname(path), target)))

    def test_the_recipes_name_paths_that_exist(self):
        # Where something is new, what stands before it exists.
        paths = [path.split("<")[0].rpartition("/")[0] if "<" in path else path
                 for path in re.findall(r"`([\w.<>-]+/[\w./<>-]*)`",
                                        text_of("docs/changing.md"))]
        self.assertGreater(len(paths), 30)
        self.none(path for path in paths
                  if not os.path.exists(os.path.join(ROOT, path)))

    def test_the_tests_that_answer_threats_exist(self):
        named = set(re.findall(r"`([A-Za-z0-9_]+\.[A-Za-z0-9_]+)`",
                               text_of("docs/security.md")))
        self.assertGreater(len(named), 80)
        known = set()
        for path, text in each("_test.cc", "_test.py"):
            known.update(".".join(match) for match in re.findall(
                r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", text, re.M))
            name = os.path.basename(path)[:-3]
            known.update(f"{name}.{test}" for test in re.findall(
                r"^    def (test_\w+)\(self", text, re.M))
        self.none(sorted(named - known))

    def test_every_threat_has_an_answer_and_a_test(self):
        _, _, text = text_of("docs/security.md").partition("## Threats")
        rows = re.findall(r"^\| (?!---|threat )(.+) \|$",
                          text.partition("## What is not")[0], re.M)
        self.assertGreater(len(rows), 30)
        self.none(row for row in rows if not re.fullmatch(
            r"[^|]+ \| [^|]+ \| `[^|]+`", row))

    def test_every_proto_field_is_commented(self):
        def wrong():
            for path, text in each(".proto"):
                before = ""
                for number, line in enumerate(text.splitlines(), 1):
                    if re.match(r"\s+(repeated |optional )?[\w.<>, ]+ \w+ "
                                r"= \d+;", line) and \
                            not before.startswith("//") and "//" not in line:
                        yield f"{path}:{number}: {line.strip()}"
                    before = line.strip()
        self.none(wrong())

    def test_a_list_reads_each_filter_of_its_request(self):
        sources = "".join(text for path, text in each(".cc")
                          if re.match(r"services/\w+/handlers/|libs/service/",
                                      path) and "_test" not in path)
        checked = 0

        def wrong():
            nonlocal checked
            for path, text in each(".proto"):
                for name, fields in re.findall(
                        r"^message (List\w+)Request \{\n(.*?)^\}", text,
                        re.M | re.S):
                    body = re.search(
                        rf"Status {name}\(.*?^\}}$", sources, re.M | re.S)
                    for field in re.findall(r"(\w+) = \d+;", fields):
                        if field in ("page_size", "page_token"):
                            continue
                        checked += 1
                        if body is None or \
                                f"request.{field}()" not in body[0].replace(
                                    "request->", "request."):
                            yield f"{path}: {name} doesn't read {field}"
        self.none(wrong())
        self.assertGreater(checked, 7)
        # Asked of a running suite, too.
        asked = dict(each(".cc"))["tests/list_filters/list_filters.cc"]
        for path, text in each(".proto"):
            if "rpc List" in text:
                self.assertIn(path.removeprefix("protos/").replace(
                    ".proto", ".pb.h"), asked)

    def test_no_proto_comment_repeats_a_name_or_sends_elsewhere(self):
        filler = set("a an the of its in is it as for to this that s".split())

        def words(text):
            return {word.rstrip("s") for word in re.findall(r"[a-z]+",
                                                            text.lower())}

        def wrong():
            for path, text in each(".proto"):
                for comment, name in re.findall(
                        r"^ *// (.*)\n *[\w.<>, ]+ (\w+) = \d+;", text, re.M):
                    if comment.startswith("See ") or \
                            words(comment) - filler <= words(name):
                        yield f"{path}: {name}: // {comment}"
        self.none(wrong())


if __name__ == "__main__":
    unittest.main()
