/** Runs one job in a process of its own (jobs/main.ts) and waits for its answer. */
import type { JobAnswer, Work } from "../jobs/main.ts";
import { within } from "../poll.ts";
import { Child } from "../supervision/child.ts";
import type { Guardian } from "../supervision/guardian-client.ts";

const deadlineMs = 10 * 60_000;

export interface Jobs {
  run(work: Work): Promise<Readonly<Record<string, unknown>>>;
}

export function jobs(options: { readonly bundle: string; readonly folder: string; readonly guardian: Guardian }): Jobs {
  let count = 0;
  return {
    async run(work) {
      count += 1;
      let answered: (answer: JobAnswer) => void = () => undefined;
      const answer = new Promise<JobAnswer>((resolve) => (answered = resolve));
      const child = new Child({
        role: `job/${work.job}-${count}`,
        ...options,
        configuration: work,
        onMessage: (message) => answered(message as JobAnswer),
      });
      try {
        const died = child.exited.then((how): JobAnswer => ({
          failed: `${work.job} ended without an answer (${how}): ${child.lastWords()}`,
        }));
        const result = await within(work.job, deadlineMs, Promise.race([answer, died]));
        if ("failed" in result) throw new Error(`${work.job}: ${result.failed}`);
        return result.answer;
      } finally {
        child.kill();
      }
    },
  };
}
