/** The newest replication state, for the live line and the "protected again" gate. The evidence is the replication probe's. */
import { replicationSchema, type Endpoints, type Environment, type Replication } from "../model/environment.ts";
import { sleep } from "./poll.ts";

export function watchReplication(
  environment: Environment,
  endpoints: Endpoints,
  signal: AbortSignal,
): () => Replication | null {
  let newest: Replication | null = null;
  async function look(): Promise<Replication | null> {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
    if (environment.replication) return await environment.replication(endpoints, bounded);
    if (endpoints.replicationUrl === undefined) return null;
    const answer = await fetch(endpoints.replicationUrl, { signal: bounded });
    return replicationSchema.parse(await answer.json());
  }
  async function watch(): Promise<void> {
    while (!signal.aborted) {
      // What cannot be read now is not known now: an old value would pass for a new one.
      newest = await look().catch(() => null);
      await sleep(500, signal).catch(() => {});
    }
  }
  void watch();
  return () => newest;
}
