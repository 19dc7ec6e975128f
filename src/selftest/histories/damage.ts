/** Harms the files of a drill before they are sealed, as a bad disk or a bad writer would. */
import type { Dice, History } from "./plan.ts";
import type { Texts } from "./texts.ts";

const ledger = "ledger/k6.ndjson";

export function damage(texts: Texts, how: NonNullable<History["damage"]>, dice: Dice): void {
  if (how === "reading gone") {
    texts.delete(
      dice.one(["survivors/final.ndjson", "survivors/final-again.ndjson", "survivors/before-replay.ndjson"]),
    );
    return;
  }
  const text = texts.get(ledger) ?? "";
  if (how === "cut") {
    texts.set(ledger, text.slice(0, Math.floor(text.length * (0.3 + 0.7 * dice.random()))));
    return;
  }
  const lines = text.split("\n");
  // Not the header, and not the empty piece behind the last newline.
  const at = 1 + dice.upTo(lines.length - 3);
  const line = lines[at] ?? "";
  if (how === "line gone") lines.splice(at, 1);
  else if (how === "line twice") lines.splice(at, 0, line);
  else if (how === "lines swapped") [lines[at], lines[at + 1]] = [lines[at + 1] ?? "", line];
  else lines[at] = `${line.slice(0, 8)}~${line.slice(9)}`;
  texts.set(ledger, lines.join("\n"));
}
