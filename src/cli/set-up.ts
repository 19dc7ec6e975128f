/** `drill setup`: finds or builds everything a drill needs, so that the first run does not have to. */
import type { Command } from "commander";
import { findTools, toolVersions } from "./tools.ts";

export function setUpCommand(program: Command): void {
  program
    .command("setup")
    .description("find or build what a drill needs (k6, a browser, Java)")
    .action(async () => {
      for (const [tool, version] of Object.entries(toolVersions(await findTools())))
        process.stdout.write(`${tool.padEnd(10)} ${version}\n`);
    });
}
