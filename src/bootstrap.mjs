/**
 * What `npm start` and `npm test` run on a fresh clone, before anything is installed: plain JavaScript, Node's own modules only.
 * Installs the npm packages from the lockfile when they are missing or differ, then hands over to the TypeScript side.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`dr-drill needs Node 20.19 or newer; this is ${process.versions.node}: install a newer Node\n`);
  process.exit(69);
}

/** The packages are right when the stamp that we left after `npm ci` carries this lockfile, Node and platform. */
function installPackages() {
  const stamp = join(root, "node_modules", ".dr-drill-installed");
  const lock = readFileSync(join(root, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).update(`${major}-${process.platform}-${process.arch}`).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write("set-up: installing the npm packages from package-lock.json (about half a minute) …\n");
  const started = Date.now();
  // No install script is needed by anything here, and a registry's audit adds nothing to a locked install.
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) {
    process.stderr.write(
      `set-up: npm ci failed (exit ${npm.status}); is the npm registry reachable? Mend that and run the command again\n`,
    );
    process.exit(69);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
  process.stderr.write(`set-up: npm packages installed in ${Math.round((Date.now() - started) / 1000)} s\n`);
}

/** Runs a command with our standard streams. Signals of the terminal reach it directly; ours are passed on; its end is our end. */
function handOver(args) {
  const child = spawn(process.execPath, args, {
    cwd: process.cwd(),
    stdio: "inherit",
    // DRILL_PARENT lets the command line notice that we were killed without a chance to say so. tsx would leave its cache of
    // compiled sources in the temp folder; without it a start takes a fifth of a second more, and leaves nothing.
    env: { ...process.env, DRILL_PARENT: String(process.pid), TSX_DISABLE_CACHE: "1" },
  });
  // A terminal's Ctrl+C reaches the child directly as well; it takes what comes within a second for one.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.once("exit", (code, signal) => process.exit(signal ? 128 + (signal === "SIGINT" ? 2 : 15) : (code ?? 70)));
}

// The ESM half only, as in drill.mjs: the other is for CommonJS sources, which there are none of.
const tsx = () => ["--import", import.meta.resolve("tsx/esm")];
process.stdout.on("error", () => {});
installPackages();
const args = process.argv.slice(2);
const developers = {
  "--tests": "tests/all.ts",
  "--agreement": "tests/agreement/main.ts",
  "--bench": "tests/bench/main.ts",
};
const script = developers[args[0] ?? ""];
if (script === undefined) handOver([...tsx(), join(root, "src/cli.ts"), ...args]);
else handOver([...tsx(), join(root, script), ...args.slice(1)]);
