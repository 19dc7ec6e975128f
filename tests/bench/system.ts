/** Starts the service of system-process.ts, which ends with us. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Asked {
  readonly port: number;
  readonly requests: number;
  readonly accounts: number;
  readonly writes: number;
}

export interface System extends AsyncDisposable {
  readonly url: string;
  /** What it was asked so far. */
  asked(): Promise<Asked>;
  /** Makes a payment; tells it as the ledger's `recent` would: the hash's first 16 digits and the seq. */
  pay(idPrefix: string, seq: number): Promise<string>;
}

const answersWithinMs = 20_000;

export async function startSystem(signal: AbortSignal): Promise<System> {
  const script = fileURLToPath(new URL("system-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx/esm"), script], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    signal,
  });
  const gone = once(child, "exit");
  // Whoever asks it hears of its end.
  gone.catch(() => {});
  const asked = async (): Promise<Asked> => {
    const answer = once(child, "message", {
      signal: AbortSignal.any([signal, AbortSignal.timeout(answersWithinMs)]),
    }) as Promise<[Asked]>;
    child.send("asked?");
    return (await answer)[0];
  };
  const url = `http://127.0.0.1:${(await asked()).port}`;
  return {
    url,
    asked,
    pay: async (idPrefix, seq) => {
      const body = JSON.stringify({ id: `${idPrefix}${seq}`, from: 1, to: 2, amountMinor: 3 });
      const response = await fetch(`${url}/v1/payments`, { method: "POST", body, signal });
      const { hash } = (await response.json()) as { hash: string };
      return `${hash.slice(0, 16)}${seq}`;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await gone.catch(() => {});
      clearTimeout(timer);
    },
  };
}
