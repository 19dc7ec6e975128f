/** A user's mistake gets one sentence that says what, where and how to mend it; an exit code; nothing started, nothing left. */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { packageRoot } from "../../src/definitions.ts";
import { drillCommand, reportsFolder } from "./drill-command.ts";

describe("mistakes", () => {
  // Beside the other fixtures, so that "#harness" resolves as it does for a user's drill.
  const folder = mkdtempSync(join(packageRoot, "tests", "fixtures", "mistake-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function broken(name: string, change: string): string {
    const file = join(folder, `${name}.drill.ts`);
    writeFileSync(
      file,
      `import quick from "../quick.drill.ts";\nconst drill = structuredClone(quick) as any;\n${change}\nexport default drill;\n`,
    );
    return file;
  }

  async function mistake(
    args: readonly string[],
    exitCode: number,
    sentence: RegExp,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    using reports = reportsFolder();
    const withReports = args[0] === "run" ? [...args, "--reports", reports.path] : args;
    const result = await drillCommand(withReports, environment);
    strictEqual(result.exitCode, exitCode, result.stderr);
    const said = result.stderr.split("\n").filter((line) => line.startsWith("drill: ") || line.startsWith("error: "));
    strictEqual(said.length, 1, result.stderr);
    match(said[0] ?? "", sentence);
    strictEqual(result.stderr.includes("    at "), false, "a stack is for bugs, not for people");
    deepStrictEqual(readdirSync(reports.path), [], "nothing was begun");
  }

  test("an unknown drill, with the nearest name", () =>
    mistake(["run", "regional-failovr"], 64, /no drill "regional-failovr".*did you mean "regional-failover"/));
  test("an unknown verb", () => mistake(["rnu"], 64, /unknown command 'rnu'/));
  test("an unknown environment", () =>
    mistake(["run", "regional-failover", "--env", "lba"], 64, /no environment "lba".*did you mean "lab"/));
  test("an unknown load profile", () =>
    mistake(["run", "regional-failover", "--load", "peek"], 64, /no load profile "peek".*did you mean "peak"/));
  test("a misspelt target", () =>
    mistake(
      ["run", broken("target", 'drill.fault.actions.cutCustomers.targets.Subnets = "apSubnets";')],
      64,
      /fault\.actions\.cutCustomers\.targets\.Subnets.*no target "apSubnets".*appSubnets/,
    ));
  test("an unknown property", () => mistake(["run", broken("property", "drill.objectivs = {};")], 64, /objectivs/));
  test("an objective of 0", () =>
    mistake(["run", broken("zero", "drill.objectives.rtoMs = 0;")], 64, /objectives\.rtoMs.*\(it is 0\)/));
  test("a negative duration", () =>
    mistake(["run", broken("negative", "drill.settleMs = -5;")], 64, /settleMs.*\(it is -5\)/));
  test("a fault's duration that is not ISO 8601", () =>
    mistake(
      ["run", broken("duration", 'drill.fault.actions.cutCustomers.parameters.duration = "-PT3M";')],
      64,
      /duration.*"-PT3M" is not a positive ISO-8601 duration/,
    ));
  test("a fault outside the blast radius", () =>
    mistake(
      ["run", broken("radius", 'drill.targets.tasks.resourceTags.Region = "eu-west-1";')],
      64,
      /targets .*eu-west-1.*does not allow/,
    ));
  test("a rate that cannot be reached from here", () =>
    mistake(["run", "regional-failover", "--rate", "90000000"], 64, /90000000 cannot be reached from this machine/));
  test("a rate that is no number", () =>
    mistake(["run", "regional-failover", "--rate", "fast"], 64, /--rate fast is not a whole number/));
  test("a runbook that is not there", () =>
    mistake(
      ["run", broken("runbook", 'drill.failover.document = "drills/runbooks/nope.yaml";')],
      64,
      /no runbook drills\/runbooks\/nope\.yaml/,
    ));
  test("a run folder that is none", () => mistake(["judge", "tests"], 64, /tests is not a run folder/));

  test("no Go and no k6", () => {
    const cache = mkdtempSync(join(folder, "cache-"));
    return mistake(["run", "regional-failover"], 69, /no k6.*install Go.*K6_BIN/, {
      XDG_CACHE_HOME: cache,
      PATH: join(folder, "nowhere"),
    });
  });
  test("a K6_BIN that is no k6", () =>
    mistake(["run", "regional-failover"], 64, /K6_BIN=\/bin\/false is not a k6/, { K6_BIN: "/bin/false" }));

  test("a port that is taken", async () => {
    const server = createServer().listen(28_101, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      await mistake(["run", "regional-failover"], 69, /port 28101 .*taken|28101/, { DRILL_LAB_PORT: "28100" });
    } finally {
      server.close();
    }
  });
});
