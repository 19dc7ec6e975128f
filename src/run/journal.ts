/** The journal of a run: every intent before its act, every outcome after it, every change that the outside told us. */
import type { RunEvent, RunEventInput } from "../model/journal.ts";
import type { RunClock } from "./clock.ts";
import type { UserError } from "../model/user-error.ts";
import { EvidenceFile } from "./evidence-file.ts";

export interface Journal extends Disposable {
  append(event: RunEventInput): RunEvent;
  /** As append, and on disk before it returns: what `drill heal` must be able to read after a crash. */
  commit(event: RunEventInput): RunEvent;
  onEvent(listener: (event: RunEvent) => void): void;
}

export function openJournal(
  path: string,
  clock: RunClock,
  options: { readonly argv: readonly string[]; readonly onFull: (error: UserError) => void },
): Journal {
  let full: UserError | null = null;
  const file = new EvidenceFile(path, { ...clock.header("dr-drill/journal@1"), argv: options.argv }, (error) => {
    full = error;
    options.onFull(error);
  });
  file.sync();
  const listeners: ((event: RunEvent) => void)[] = [];
  let seq = 0;
  const append = (input: RunEventInput): RunEvent => {
    seq += 1;
    const event = { seq, us: clock.us(), wallMs: Date.now(), ...input };
    file.append(event);
    for (const listener of listeners) listener(event);
    return event;
  };
  return {
    append,
    commit: (input) => {
      const event = append(input);
      // What must be on disk before an act, and is not, forbids the act.
      if (full) throw full;
      file.sync();
      return event;
    },
    onEvent: (listener) => listeners.push(listener),
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
}
