/**
 * The ordered export of the system under drill, line by line (docs/system-contract.md): as GET /v1/export answers it, or as an
 * environment's own `finalRead` makes it of what the system offers instead. The same checks hold for both.
 */
import { z } from "zod";

/**
 * What the rows of an export cannot say. content: nothing that could be compared with the request's hash; postings: not how often an
 * account was debited and credited. The findings that need it are then NOT_MEASURABLE.
 */
export const exportLack = z.enum(["content", "postings"]);
export type ExportLack = z.infer<typeof exportLack>;

export const exportHeader = z.object({
  export: z.literal("payments@1"),
  region: z.string(),
  /** 0: not known. */
  epoch: z.number(),
  lsn: z.coerce.string<string | number>(),
  lacks: z.array(exportLack).optional(),
});

export const exportRow = z.object({
  /** As the client chose it. */
  id: z.string(),
  /** sha256 (hex) of the request's body, recomputed from what is stored. */
  bodyHash: z.string().regex(/^[0-9a-f]{16}/, { message: "expected a sha256 in hex" }),
  from: z.number(),
  to: z.number(),
  amountMinor: z.number(),
  /** Where it was committed; "": not known. */
  region: z.string(),
  epoch: z.number(),
  /** Brought back by salvage or reconciliation. */
  replayed: z.boolean(),
  /** Number and sum of its debit and credit legs. */
  debits: z.number(),
  credits: z.number(),
  debited: z.number(),
  credited: z.number(),
});

export const exportAccount = z.object({
  account: z.number(),
  opening: z.number(),
  balance: z.number(),
  posted: z.number(),
});

/** How many there are, as the system counts them: a reader that lost a page is thereby seen to have lost it. */
export const exportEnd = z.object({ end: z.literal(true), payments: z.number(), accounts: z.number() });

type Row = z.input<typeof exportRow>;
type Lackable = "bodyHash" | "debits" | "credits" | "debited" | "credited";

/**
 * First a header, then the payments in ascending order of their ids, then the accounts, then the end. A row may leave out what the header
 * says it lacks, and nothing else.
 */
export type ExportLine =
  | z.input<typeof exportHeader>
  | (Omit<Row, Lackable> & Partial<Pick<Row, Lackable>>)
  | z.input<typeof exportAccount>
  | z.input<typeof exportEnd>;
