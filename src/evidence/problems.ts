/** Collects what is wrong with one file; remembers the first hundred lines and counts the rest. */
import type { FileReport } from "./evidence.ts";

const remembered = 100;

export interface Problems {
  line(line: number, message: string): void;
  /** About the file as a whole. */
  file(message: string): void;
  report(found: {
    readonly file: string;
    readonly bytes: number;
    readonly lines: number;
    readonly tail: string;
  }): FileReport;
}

export function newProblems(): Problems {
  const problems: { line: number | null; message: string }[] = [];
  let brokenLines = 0;
  return {
    line: (line, message) => {
      brokenLines += 1;
      if (problems.length < remembered) problems.push({ line, message });
    },
    file: (message) => void problems.push({ line: null, message }),
    report: ({ file, bytes, lines, tail }) => ({ file, bytes, lines, torn: tail !== "", brokenLines, problems }),
  };
}

/** A file of which nothing is known but what is wrong with it. */
export const unreadFile = (file: string, message: string): FileReport => ({
  file,
  bytes: 0,
  lines: 0,
  torn: false,
  brokenLines: 0,
  problems: [{ line: null, message }],
});
