import { readFileSync } from "node:fs";

/** Linux: the fields of /proc/<pid>/stat from the third, the state, on (proc(5)). Throws when there is no such process. */
export function processStat(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The command's name, in parentheses, may hold spaces: the fields are counted from behind it.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
