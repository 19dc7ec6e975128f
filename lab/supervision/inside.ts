/** What every child process of the lab does on its own side of the channel (see child.ts). */
export interface Channel {
  /** Tells the main process something. */
  readonly tell: (message: object) => void;
}

/**
 * Waits for the configuration, starts, says ready. `start` answers with what handles further orders.
 * An exception that nobody caught ends the process with its text in the log: a half-alive server would be a lie.
 */
export function inside(start: (configuration: object, channel: Channel) => Promise<(order: object) => void>): void {
  const tell = (message: object): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  process.once("disconnect", () => process.exit(0));
  const serve = async (configuration: object): Promise<void> => {
    // Orders that come before we are ready are taken up, and carried out once we are.
    const early: object[] = [];
    let handle = (order: object): void => void early.push(order);
    process.on("message", ({ order, ack }: { readonly order: object; readonly ack: number }) => {
      handle(order);
      tell({ ack });
    });
    handle = await start(configuration, { tell });
    for (const order of early.splice(0)) handle(order);
    tell({ ready: true });
  };
  process.once("message", (configuration: object) => {
    serve(configuration).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(1);
    });
  });
}
