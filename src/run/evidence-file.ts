/** An append-only NDJSON evidence file: header line first, one write per record, never reopened for change. */
import { closeSync, fdatasync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { unavailable, type UserError } from "../model/user-error.ts";

const syncData = promisify(fdatasync);

export class EvidenceFile implements Disposable {
  readonly path: string;
  readonly #descriptor: number;
  readonly #onFull: ((error: UserError) => void) | undefined;
  #closed = false;
  /** The forcing-out that is under way, and the one that follows it for whoever came meanwhile. */
  #syncing: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  /** `onFull` is told when the disk is full, and then append() answers false; without it append() throws. */
  constructor(path: string, header: Readonly<Record<string, unknown>>, onFull?: (error: UserError) => void) {
    mkdirSync(dirname(path), { recursive: true });
    this.path = path;
    this.#descriptor = openSync(path, "ax", 0o600);
    this.#onFull = onFull;
    this.append(header);
  }

  /** false: it is not in the file. */
  append(record: unknown): boolean {
    return this.appendText(`${JSON.stringify(record)}\n`);
  }

  /** One or more whole lines, already formatted. */
  appendText(lines: string): boolean {
    if (this.#closed) return false;
    const bytes = Buffer.from(lines, "utf8");
    try {
      let written = 0;
      // A short write happens when the disk fills up: the next write then reports ENOSPC, which must stop the drill.
      while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written);
      return true;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      const full = unavailable(
        `the disk is full: could not append to ${this.path}; free some space and run the drill again`,
      );
      if (!this.#onFull) throw full;
      this.#onFull(full);
      return false;
    }
  }

  sync(): void {
    if (!this.#closed) fsyncSync(this.#descriptor);
  }

  /** Resolves when all that was appended before the call is on the disk. Does not block; calls that come together share one fdatasync. */
  async synced(): Promise<void> {
    // What is under way may have begun before our lines were written: the one after it has them.
    if (this.#syncing !== null) {
      this.#next ??= this.#syncing.then(
        () => this.#syncNow(),
        () => this.#syncNow(),
      );
      await this.#next;
    } else await this.#syncNow();
  }

  #syncNow(): Promise<void> {
    this.#next = null;
    const syncing = (this.#closed ? Promise.resolve() : syncData(this.#descriptor)).finally(() => {
      if (this.#syncing === syncing) this.#syncing = null;
    });
    this.#syncing = syncing;
    return syncing;
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
