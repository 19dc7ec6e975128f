/** `drill plan <drill>`: what would happen, in order, with deadlines, blast radius and cost. Starts nothing. */
import { cpus } from "node:os";
import type { Command } from "commander";
import { loadDrill, loadEnvironment, loadProfile, loadRunbook, probeFile, projectRoot } from "../definitions.ts";
import { plan } from "../plan.ts";

export function planCommand(program: Command): void {
  program
    .command("plan")
    .description("dry run: steps, deadlines, blast radius, cost; starts nothing")
    .argument("<drill>", "a name from drills/ or the path of a .drill.ts file")
    .option("--env <name>", "environment: a name from config/ or a path", "lab")
    .option("--json", "print the plan as JSON on stdout")
    .action(async (name: string, options: { env: string; json?: boolean }) => {
      const root = projectRoot(process.cwd());
      const { value: drill } = await loadDrill(root, name);
      const { value: environment } = await loadEnvironment(root, options.env);
      const profile = await loadProfile(root, drill.load.profile);
      for (const probe of drill.probes) probeFile(root, probe);
      for (const runbook of [drill.failover, drill.failback]) if (runbook) await loadRunbook(root, runbook.document);
      const planned = plan(drill, environment, profile, { cores: cpus().length });
      if (options.json) {
        process.stdout.write(`${JSON.stringify(planned, null, 2)}\n`);
        return;
      }
      const lines = [
        drill.title,
        `environment   ${environment.title}`,
        `load          ${profile.title}: ${planned.ratePerMinute}/min, ${planned.vus} virtual users`,
        `blast radius  ${planned.faultRegions.join(", ") || "no Region named"} (allowed: ${environment.blastRadius.regions.join(", ")})`,
        ...Object.entries(drill.targets).map(
          ([target, { resourceType, selectionMode, resourceTags, resourceArns }]) =>
            `  target      ${target}: ${selectionMode} ${resourceType} ${JSON.stringify(resourceTags ?? resourceArns)}`,
        ),
        `cost          at most ${planned.fisActionMinutes} FIS action-minutes, $${planned.fisCostUsd.toFixed(2)} on AWS; nothing on the lab`,
        `duration      at least ${Math.round(planned.leastDurationMs / 1000)} s`,
        "",
        ...planned.steps.map(
          (step, index) =>
            `${String(index + 1).padStart(3)}. ${step.phase.padEnd(12)} ${step.title} (at most ${Math.round(step.deadlineMs / 1000)} s)`,
        ),
        "",
        "Which resources FIS resolves is asked of FIS itself at the start of a run (actionsMode skip-all), and again checked against the blast radius.",
      ];
      process.stdout.write(`${lines.join("\n")}\n`);
    });
}
