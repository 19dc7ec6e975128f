/** The service that the load is sent to: keeps the HTTP contract in memory, in a process of its own. Says how much it was asked, when asked. */
import { startTestSystem } from "../../src/load/test-system.ts";

await using system = await startTestSystem();
process.on("message", () => {
  const { requests, committed } = system;
  process.send?.({ port: system.port, requests: requests.count, accounts: requests.accounts, writes: committed.size });
});
await new Promise<void>((resolve) => process.once("disconnect", resolve));
