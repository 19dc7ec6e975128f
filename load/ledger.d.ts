/** What k6/x/ledger (load/k6/ledger) gives a script. The functions write before they return; an error ends the whole run. */
declare module "k6/x/ledger" {
  /** May a request be sent? false: the run is ending. Each true is followed by one `outcome` or one `read`. */
  export function begin(): boolean;
  /** Microseconds since the run's epoch on the monotonic clock. */
  export function nowUs(): number;
  /** `hash`: the first 16 hex digits of the body's sha256. */
  export function intent(
    seq: number,
    amountMinor: number,
    from: number,
    to: number,
    attempt: number,
    hash: string,
  ): void;
  export function outcome(
    seq: number,
    status: number,
    errorCode: number,
    ack: 0 | 1 | 2 | 3 | 4,
    region: string,
    epoch: number,
    lsn: number,
  ): void;
  export function read(
    seq: number,
    sentUs: number,
    status: number,
    errorCode: number,
    ack: 0 | 1 | 2,
    region: string,
    epoch: number,
    of: number,
  ): void;
  /** The write acknowledged last, by any virtual user: its hash (16 digits) and, right behind it, its seq; "" before the first. */
  export function recent(): string;
}
