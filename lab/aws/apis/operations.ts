/**
 * Operations that AWS starts and finishes later: the call returns at once, Describe shows a passing status, then the outcome. What is under
 * way is remembered here, because the machinery's methods resolve only when the thing is done. A failure stays until the next operation.
 */
import { messageOf, within } from "../deadline.ts";

export type Progress =
  | { readonly status: "under way"; readonly word: string }
  | { readonly status: "failed"; readonly reason: string };

export interface Operations {
  of(resource: string): Progress | null;
  /** Starts `work` for these resources; `word` is what Describe calls them meanwhile. */
  begin(resources: readonly string[], word: string, work: () => Promise<void>): void;
}

const longestMs = 600_000;

export function createOperations(
  record: (event: string, detail: Readonly<Record<string, string>>) => void,
): Operations {
  const progress = new Map<string, Progress>();
  return {
    of: (resource) => progress.get(resource) ?? null,
    begin(resources, word, work) {
      // The object itself says whose turn it is: an operation that ends late must not overwrite the state of a newer one.
      const mine: Progress = { status: "under way", word };
      const settle = (outcome: Progress | null): void => {
        for (const resource of resources) {
          if (progress.get(resource) !== mine) continue;
          if (outcome === null) progress.delete(resource);
          else progress.set(resource, outcome);
        }
      };
      for (const resource of resources) progress.set(resource, mine);
      within(work(), longestMs, `${word} of ${resources.join(", ")}`).then(
        () => settle(null),
        (error: unknown) => {
          const reason = messageOf(error);
          settle({ status: "failed", reason });
          record("api.operation.failed", { resources: resources.join(","), word, reason });
        },
      );
    },
  };
}
