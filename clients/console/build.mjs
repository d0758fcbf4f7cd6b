// Builds the console: node build.mjs WORK OUT. WORK is a copy of this folder
// with node_modules and openapi.json; OUT gets index.html and assets/. The
// same input gives the same octets.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [work, out] = process.argv.slice(2).map((path) => resolve(path));
process.chdir(work);
const require = createRequire(join(work, "package.json"));

// The types of the REST interface: what it no longer has fails the compiler.
const packages = join(work, "node_modules");
const node = (script, ...args) =>
  execFileSync(process.execPath, [join(packages, script), ...args], {
    stdio: ["ignore", "ignore", "inherit"],
  });
node("openapi-typescript/bin/cli.js", "openapi.json", "--output",
     "src/schema.ts");
try {
  execFileSync(process.execPath, [join(packages, "typescript/bin/tsc"), "-p",
                                  "tsconfig.json"],
               { stdio: ["ignore", 2, "inherit"] });
} catch {
  process.exit(1);
}

const built = await require("esbuild").build({
  absWorkingDir: work,
  entryPoints: ["src/main.tsx", "src/style.css"],
  entryNames: "[name]-[hash]",
  outdir: join(out, "assets"),
  bundle: true,
  // Names in the cache of whoever builds are no part of the digest.
  preserveSymlinks: true,
  format: "esm",
  target: ["chrome109", "firefox115", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  legalComments: "eof",
  metafile: true,
  logLevel: "warning",
});

const named = (entry) =>
  Object.entries(built.metafile.outputs)
    .find(([, output]) => output.entryPoint === entry)[0]
    .split("/").pop();
mkdirSync(out, { recursive: true });
writeFileSync(
  join(out, "index.html"),
  readFileSync("src/index.html", "utf8")
    .replace("main.js", named("src/main.tsx"))
    .replace("style.css", named("src/style.css")));
