/** Harms the files of a drill before they are sealed, as a bad disk or a bad writer would. */
import type { Truth } from "../liar/truth.ts";
import type { Dice } from "./dice.ts";
import type { FileDamage, History } from "./plan.ts";
import type { Texts } from "./texts.ts";

const load = "ledger/k6.ndjson";
const second = "ledger/t.ndjson";

export function damage(texts: Texts, how: NonNullable<History["damage"]>, dice: Dice, truth: Truth): void {
  if (how === "load forgets") forget(texts, load, ".k.", ["o"], truth);
  else if (how === "load forgets all") forget(texts, load, ".k.", ["i", "o"], truth);
  else if (how === "witness forgets") forget(texts, second, ".t.", ["o"], truth);
  else if (how === "witness forgets all") forget(texts, second, ".t.", ["i", "o"], truth);
  else if (how === "witness gone") texts.delete(second);
  // The new Region's promises, as if the old one had made them.
  else if (how === "regions apart") texts.set(second, (texts.get(second) ?? "").replaceAll('"rg":2', '"rg":1'));
  else if (how === "reading gone")
    texts.delete(
      dice.one(["survivors/final.ndjson", "survivors/final-again.ndjson", "survivors/before-replay.ndjson"]),
    );
  else harm(texts, how, dice.chance(0.7) ? load : second, dice);
}

/** The outcomes of what was lost, or its intents, too, so that no loss shows. */
function forget(texts: Texts, ledger: string, infix: string, kinds: readonly string[], { lost }: Truth): void {
  const seqs = new Set(lost.flatMap(({ id }) => (id.includes(infix) ? Number(id.split(infix)[1]) : [])));
  const kept = (texts.get(ledger) ?? "").split("\n").filter((line) => {
    const { k = "", seq = -1 } = (line === "" ? {} : JSON.parse(line)) as {
      readonly k?: string;
      readonly seq?: number;
    };
    return !kinds.includes(k) || !seqs.has(seq);
  });
  texts.set(ledger, kept.join("\n"));
}

function harm(texts: Texts, how: Exclude<FileDamage, "reading gone">, ledger: string, dice: Dice): void {
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
