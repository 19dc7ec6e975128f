/** What every child process of the lab does on its own side of the channel (see child.ts). */
export interface Channel {
  /** Tells the main process something. */
  readonly tell: (message: object) => void;
}

/**
 * Waits for the configuration, starts, says ready. `start` answers with what handles further messages.
 * An exception that nobody caught ends the process with its text in the log: a half-alive server would be a lie.
 */
export function inside<Configuration extends object, Message extends object>(
  start: (configuration: Configuration, channel: Channel) => Promise<(message: Message) => void>,
): void {
  const tell = (message: object): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  process.once("disconnect", () => process.exit(0));
  process.once("message", (configuration: Configuration) => {
    const early: Message[] = [];
    let handle = (message: Message): void => void early.push(message);
    process.on("message", (message: Message) => handle(message));
    start(configuration, { tell }).then(
      (handler) => {
        handle = handler;
        for (const message of early) handler(message);
        tell({ ready: true });
      },
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
        process.exit(1);
      },
    );
  });
}
