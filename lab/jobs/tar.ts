/** Unpacks the tar stream of a base backup: plain files and folders, in ustar headers of 512 bytes. Synchronous: it is its process's only work. */
import { chmodSync, chownSync, closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname, isAbsolute, join, normalize } from "node:path";

const blockBytes = 512;

interface Entry {
  readonly path: string;
  readonly size: number;
  readonly kind: "file" | "folder" | "other";
}

const text = (header: Buffer, at: number, length: number): string => {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString("utf8");
};

/** null: an empty header, the archive's end. */
function parseHeader(header: Buffer): Entry | null {
  if (header.every((byte) => byte === 0)) return null;
  const [prefix, name] = [text(header, 345, 155), text(header, 0, 100)];
  const path = normalize(prefix === "" ? name : `${prefix}/${name}`);
  if (isAbsolute(path) || path.startsWith("..")) throw new Error(`the backup names a file outside the volume: ${path}`);
  const size = Number.parseInt(text(header, 124, 12).trim() || "0", 8);
  const type = String.fromCharCode(header[156] ?? 0);
  if (type === "5") return { path, size: 0, kind: "folder" };
  return { path, size, kind: type === "0" || type === "\0" ? "file" : "other" };
}

export class TarReader {
  readonly #root: string;
  readonly #owner: { readonly uid: number; readonly gid: number } | null;
  #header = Buffer.alloc(0);
  #file: { readonly descriptor: number; left: number; padding: number } | null = null;
  #over = false;
  bytes = 0;
  files = 0;

  constructor(root: string, owner: { readonly uid: number; readonly gid: number } | null) {
    this.#root = root;
    this.#owner = owner;
    if (owner) chownSync(root, owner.uid, owner.gid);
  }

  /** Another archive begins in the same stream. */
  restart(): void {
    this.finish();
    this.#header = Buffer.alloc(0);
    this.#over = false;
  }

  finish(): void {
    if (this.#file) throw new Error("the backup ends in the middle of a file");
  }

  write(chunk: Buffer): void {
    this.bytes += chunk.length;
    let rest = chunk;
    while (rest.length > 0 && !this.#over) rest = this.#file ? this.#content(this.#file, rest) : this.#head(rest);
  }

  #head(chunk: Buffer): Buffer {
    const take = Math.min(blockBytes - this.#header.length, chunk.length);
    this.#header = Buffer.concat([this.#header, chunk.subarray(0, take)]);
    if (this.#header.length === blockBytes) {
      const entry = parseHeader(this.#header);
      this.#header = Buffer.alloc(0);
      if (entry) this.#open(entry);
      else this.#over = true;
    }
    return chunk.subarray(take);
  }

  #open(entry: Entry): void {
    const path = join(this.#root, entry.path);
    if (entry.kind === "other") throw new Error(`the backup holds ${entry.path}, which is neither a file nor a folder`);
    if (entry.kind === "folder") {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      chmodSync(path, 0o700);
    } else {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const descriptor = openSync(path, "w", 0o600);
      const padding = (blockBytes - (entry.size % blockBytes)) % blockBytes;
      this.files += 1;
      if (entry.size === 0) closeSync(descriptor);
      else this.#file = { descriptor, left: entry.size, padding };
    }
    if (this.#owner) chownSync(path, this.#owner.uid, this.#owner.gid);
  }

  #content(file: { readonly descriptor: number; left: number; padding: number }, chunk: Buffer): Buffer {
    if (file.left > 0) {
      const take = Math.min(file.left, chunk.length);
      writeSync(file.descriptor, chunk, 0, take);
      file.left -= take;
      if (file.left === 0) closeSync(file.descriptor);
      if (file.left === 0 && file.padding === 0) this.#file = null;
      return chunk.subarray(take);
    }
    const take = Math.min(file.padding, chunk.length);
    file.padding -= take;
    if (file.padding === 0) this.#file = null;
    return chunk.subarray(take);
  }
}
