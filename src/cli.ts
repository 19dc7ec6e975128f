/**
 * The command line: verbs, exit codes, signals. The only place that ends the process. Each verb's own code is loaded when it is called.
 * Exit codes: 0/1/2 verdict PASS/FAIL/INCONCLUSIVE · 3 unhealed · 64 usage · 69 unavailable · 70 internal · 130 interrupted and healed.
 */
import { Command, CommanderError } from "commander";
import { exitCodes } from "./model/verdict.ts";
import { UserError } from "./model/user-error.ts";

// The SDK announces that a later release will want a newer Node: nothing a person running a drill can act on.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

const program = new Command("drill")
  .description(
    "Disaster-recovery drills that measure what customers lost (RPO) and how long they were without service (RTO).",
  )
  .exitOverride()
  .showSuggestionAfterError(true)
  .showHelpAfterError("(`drill <verb> --help` tells what it takes)")
  .addHelpText(
    "after",
    `
Exit codes: 0 PASS · 1 FAIL · 2 INCONCLUSIVE · 3 unhealed: the environment may still be faulted · 64 bad usage or definition
            69 refused, or a needed thing is missing · 70 internal error · 130 interrupted, and healed

  drill run regional-failover            the main drill on the embedded lab (no AWS account needed)
  drill judge reports/<run>              judge a recorded run again
  drill heal                             undo what the last run left open`,
  );

type Register = (program: Command) => void;
const verbs: Readonly<Record<string, () => Promise<Register>>> = {
  run: async () => (await import("./cli/run.ts")).runCommand,
  plan: async () => (await import("./cli/plan.ts")).planCommand,
  check: async () => (await import("./cli/check.ts")).checkCommand,
  judge: async () => (await import("./cli/judge.ts")).judgeCommand,
  verify: async () => (await import("./cli/verify.ts")).verifyCommand,
  report: async () => (await import("./cli/judge.ts")).reportCommand,
  heal: async () => (await import("./cli/heal.ts")).healCommand,
  lab: async () => (await import("./cli/lab.ts")).labCommand,
  selftest: async () => (await import("./cli/selftest.ts")).selftestCommand,
  list: async () => (await import("./cli/list.ts")).listCommand,
  history: async () => (await import("./cli/list.ts")).historyCommand,
  setup: async () => (await import("./cli/set-up.ts")).setUpCommand,
};

// A verb loads its own code only; the help, and the search for what a misspelt verb may have meant, load them all.
const asked = Object.entries(verbs).filter(([verb]) => verb === process.argv[2]);
for (const [, load] of asked.length > 0 ? asked : Object.entries(verbs)) (await load())(program);

function complain(text: string): void {
  process.stderr.write(`drill: ${text}\n`);
}

// A reader that has gone away (`drill list | head -1`) is no error of ours.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

try {
  await program.parseAsync(process.argv);
  process.exit(process.exitCode ?? 0);
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its sentence already; help and version are not mistakes.
    process.exit(error.exitCode === 0 ? 0 : exitCodes.usage);
  }
  if (error instanceof UserError) {
    complain(error.message);
    process.exit(error.exitCode);
  }
  complain(`internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exit(exitCodes.internal);
}
