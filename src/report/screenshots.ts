/** The pictures that the browser journey kept, with what they show. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ReportInput } from "./input.ts";

export interface Screenshot {
  readonly file: string;
  readonly path: string;
  readonly title: string;
  readonly us: number;
  readonly ok: boolean;
  readonly error: string | null;
}

/** In order of time; a file that is named and not there is left out. */
export function screenshotsOf(input: ReportInput, runFolder: string): readonly Screenshot[] {
  return input.probes
    .filter((probe) => probe.header.kind === "journey")
    .flatMap((probe) => probe.lines)
    .flatMap((line) =>
      (line.files ?? []).flatMap((file): Screenshot[] => {
        const path = join(runFolder, file);
        if (!file.endsWith(".png") || !existsSync(path)) return [];
        return [
          { file, path, us: line.endUs, ok: line.ok, error: line.error ?? null, title: line.phase ?? "unknown phase" },
        ];
      }),
    )
    .sort((a, b) => a.us - b.us);
}
