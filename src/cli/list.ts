/** `drill list` and `drill history`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { listNames, loadDrill, loadEnvironment, projectRoot } from "../definitions.ts";
import { UserError } from "../model/user-error.ts";
import type { Finding } from "../model/verdict.ts";
import { readVerdict } from "./judge.ts";

export function listCommand(program: Command): void {
  program
    .command("list")
    .description("the drills, environments and probes there are")
    .action(async () => {
      const root = projectRoot(process.cwd());
      const lines = ["drills"];
      for (const name of listNames(root, "drills"))
        lines.push(`  ${name.padEnd(24)} ${await titleOf(() => loadDrill(root, name))}`);
      lines.push("environments");
      for (const name of listNames(root, "config"))
        lines.push(`  ${name.padEnd(24)} ${await titleOf(() => loadEnvironment(root, name))}`);
      lines.push("probes", ...listNames(root, "probes").map((name) => `  ${name}`));
      process.stdout.write(`${lines.join("\n")}\n`);
    });
}

async function titleOf(load: () => Promise<{ value: { title: string } }>): Promise<string> {
  // One broken definition must not hide the others.
  return await load().then(
    ({ value }) => value.title,
    (error: unknown) =>
      `(${error instanceof UserError && error.exitCode === 69 ? "not now" : "broken"}: ${error instanceof Error ? error.message : String(error)})`,
  );
}

export function historyCommand(program: Command): void {
  program
    .command("history")
    .description("the runs in a reports folder, oldest first")
    .option("--reports <folder>", "the reports folder", "reports")
    .option("--json", "print them as JSON on stdout")
    .action(async (options: { reports: string; json?: boolean }) => {
      const runs = existsSync(options.reports)
        ? readdirSync(options.reports)
            .filter((name) => existsSync(join(options.reports, name, "manifest.json")))
            .toSorted()
        : [];
      const verdicts = await Promise.all(runs.map((run) => readVerdict(join(options.reports, run))));
      const rows = runs.map((run, index) => {
        const verdict = verdicts[index];
        const finding = (id: string): Finding | undefined => verdict?.findings.find((each) => each.id === id);
        return {
          run,
          drill: verdict?.drill ?? drillOf(join(options.reports, run)),
          verdict: verdict?.verdict ?? "not judged",
          rto: interval(finding("rto")),
          rpo: interval(finding("rpo.time")),
          lost: interval(finding("rpo.count")),
          residual: interval(finding("residual")),
        };
      });
      if (options.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
      else if (rows.length === 0) process.stdout.write(`no runs in ${options.reports}\n`);
      else {
        const table = [
          {
            run: "run",
            drill: "drill",
            verdict: "verdict",
            rto: "RTO",
            rpo: "RPO",
            lost: "lost",
            residual: "residual",
          },
          ...rows,
        ];
        for (const row of table) {
          process.stdout.write(
            `${row.run.padEnd(22)} ${row.drill.padEnd(22)} ${row.verdict.padEnd(13)} ${row.rto.padEnd(18)} ${row.rpo.padEnd(18)} ${row.lost.padEnd(10)} ${row.residual}\n`,
          );
        }
      }
    });
}

function drillOf(folder: string): string {
  try {
    return (JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as { drill: { name: string } }).drill.name;
  } catch {
    return "?";
  }
}

function interval(finding: Finding | undefined): string {
  const measured = finding?.measured;
  if (!measured) return "-";
  const show = (value: number): string => (measured.unit === "ms" ? `${(value / 1000).toFixed(2)} s` : String(value));
  if (measured.hi === null) return `> ${show(measured.lo)}`;
  return measured.lo === measured.hi ? show(measured.lo) : `${show(measured.lo)}–${show(measured.hi)}`;
}
