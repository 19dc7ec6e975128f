/** An append-only NDJSON evidence file: header line first, one write per record, never reopened for change. */
import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { unavailable } from "../model/user-error.ts";

export class EvidenceFile implements Disposable {
  readonly path: string;
  readonly #descriptor: number;
  #closed = false;

  constructor(path: string, header: Readonly<Record<string, unknown>>) {
    mkdirSync(dirname(path), { recursive: true });
    this.path = path;
    this.#descriptor = openSync(path, "ax", 0o600);
    this.append(header);
  }

  append(record: unknown): void {
    this.appendText(`${JSON.stringify(record)}\n`);
  }

  /** One or more whole lines, already formatted. */
  appendText(lines: string): void {
    if (this.#closed) return;
    const bytes = Buffer.from(lines, "utf8");
    try {
      let written = 0;
      // A short write happens when the disk fills up: the next write then reports ENOSPC, which must stop the drill.
      while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written);
    } catch (error) {
      if (isDiskFull(error))
        throw unavailable(
          `the disk is full: could not append to ${this.path}; free some space and run the drill again`,
        );
      throw error;
    }
  }

  sync(): void {
    if (!this.#closed) fsyncSync(this.#descriptor);
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.sync();
    this.#closed = true;
    closeSync(this.#descriptor);
  }
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}
