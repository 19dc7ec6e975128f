/** A run folder may come from anywhere: only regular files of it are read, and nothing is written through a link that lies in it. */
import { constants } from "node:fs";
import { open, rename, rm, writeFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { unavailable } from "../model/user-error.ts";

/** A pipe might never answer, and a link leads out of the folder: the one is not waited for, the other is not followed. */
const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

export async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(path, flags);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error("it is not a regular file");
}

export async function readRegular(path: string): Promise<string> {
  await using file = await openRegular(path);
  return await file.readFile("utf8");
}

/** Whole or not at all, and in the place of whatever lies there: what a link there leads to stays as it is. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.tmp`;
  try {
    await rm(beside, { force: true });
    await writeFile(beside, text, { flag: "wx" });
    await rename(beside, path).catch(async (error: unknown) => {
      await rm(beside, { force: true });
      throw error;
    });
  } catch (error) {
    throw unavailable(`${path} cannot be written: ${because(error)}`);
  }
}

/** Of a system's error its code alone: what it says beside it names a path of this machine, and a verdict is the same on every other. */
export function because(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
