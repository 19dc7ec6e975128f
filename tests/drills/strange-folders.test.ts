/** Run folders in which something else lies where a file should: a verdict or one sentence, never a stack, and nobody is kept waiting. */
import { match, strictEqual } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { packageRoot } from "../../src/definitions.ts";
import { drillCommand } from "./drill-command.ts";

const golden = join(packageRoot, "tests", "golden", "pass");
const [pass, fail, inconclusive, unavailable] = [0, 1, 2, 69];

interface Strange {
  readonly what: string;
  readonly verb: "judge" | "verify";
  /** In a copy of a run that passes. */
  readonly put: (place: (name: string) => string) => void;
  readonly exitCode: number | undefined;
  readonly says: RegExp;
}

const replaced =
  (name: string, put: (path: string) => void): Strange["put"] =>
  (place) => {
    rmSync(place(name), { force: true });
    put(place(name));
  };
const pipe = (path: string): void => void execFileSync("mkfifo", [path]);
const loop = (path: string): void => symlinkSync("SEAL", path);
const inHeader =
  (name: string, from: RegExp, to: string): Strange["put"] =>
  (place) =>
    writeFileSync(place(name), readFileSync(place(name), "utf8").replace(from, to));

const cases: readonly Strange[] = [
  ...Object.entries({ "a folder": mkdirSync, "a pipe": pipe, "a link to itself": loop }).flatMap(([what, put]) =>
    (["judge", "verify"] as const).map((verb) => ({
      what: `SEAL that is ${what}`,
      verb,
      put: replaced("SEAL", put),
      exitCode: verb === "judge" ? inconclusive : fail,
      says: /SEAL cannot be read/,
    })),
  ),
  ...["verdict.json", "lost.csv"].map((name) => ({
    what: `${name} that is a folder`,
    verb: "judge" as const,
    put: replaced(name, mkdirSync),
    exitCode: unavailable,
    says: new RegExp(`^drill: \\S+${name} cannot be written: EISDIR$`, "m"),
  })),
  ...["verdict.json", "lost.csv"].map((name) => ({
    what: `${name} that is a pipe`,
    verb: "judge" as const,
    put: replaced(name, pipe),
    exitCode: pass,
    says: /PASS/,
  })),
  {
    what: "verdict.json that is a pipe",
    verb: "verify",
    put: replaced("verdict.json", pipe),
    exitCode: fail,
    says: /no verdict\.json to be read \(.+\); judged now, it is PASS/,
  },
  {
    what: "a header with a time that is no number",
    verb: "judge",
    put: inHeader("journal.ndjson", /"wallNs":"\d+"/, '"wallNs":"abc"'),
    exitCode: inconclusive,
    says: /journal\.ndjson/,
  },
  {
    what: "a load of one arrival in years",
    verb: "judge",
    put: inHeader("ledger/k6.ndjson", /"ratePerMinute":\d+/, '"ratePerMinute":1e-300'),
    exitCode: inconclusive,
    says: /k6\.ndjson/,
  },
  {
    what: "a file whose name is no text",
    verb: "judge",
    put: (place) =>
      writeFileSync(Buffer.concat([Buffer.from(place("probes/")), Buffer.from([0xff]), Buffer.from(".ndjson")]), "x"),
    exitCode: inconclusive,
    says: /INCONCLUSIVE/,
  },
];

describe("strange folders", () => {
  const folder = mkdtempSync(join(tmpdir(), "dr-drill-strange-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  let count = 0;
  const strange = (put: Strange["put"]): string => {
    const run = join(folder, String((count += 1)));
    cpSync(golden, run, { recursive: true });
    put((name) => join(run, name));
    return run;
  };

  for (const { what, verb, put, exitCode, says } of cases)
    test(`${verb}: ${what}`, { timeout: 30_000 }, async () => {
      const result = await drillCommand([verb, strange(put)]);
      strictEqual(result.exitCode, exitCode, result.stderr);
      match(`${result.stdout}${result.stderr}`, says);
      strictEqual(result.stderr.includes("    at "), false, "a stack is for bugs, not for people");
    });

  test("judge: a verdict.json that leads out of the folder is replaced, and what it led to is left alone", async () => {
    const precious = join(folder, "precious");
    writeFileSync(precious, "precious");
    const run = strange(replaced("verdict.json", (path) => symlinkSync(precious, path)));
    strictEqual((await drillCommand(["judge", run])).exitCode, pass);
    strictEqual(readFileSync(precious, "utf8"), "precious");
    strictEqual(readFileSync(join(run, "verdict.json"), "utf8"), readFileSync(join(golden, "verdict.json"), "utf8"));
  });
});
