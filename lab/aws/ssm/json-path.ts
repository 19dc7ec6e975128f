/** The part of JSONPath that runbooks' selectors use: `$`, `.name`, `['name']`, `[0]`, `[*]`. A selector is checked when the document is. */
import { isObject } from "../wire.ts";

type Segment = { readonly name: string } | { readonly index: number } | "all";

/** null when the text is not such a path. */
export function parsePath(path: string): readonly Segment[] | null {
  if (!path.startsWith("$")) return null;
  const token = /\.([A-Za-z_][\w-]*)|\[(\d+)\]|\[\*\]|\.\*|\['([^']+)'\]/y;
  const segments: Segment[] = [];
  token.lastIndex = 1;
  while (token.lastIndex < path.length) {
    const match = token.exec(path);
    if (match === null) return null;
    const name = match[1] ?? match[3];
    segments.push(name !== undefined ? { name } : match[2] !== undefined ? { index: Number(match[2]) } : "all");
  }
  return segments;
}

/** What the path finds: one value, a list when the path has `[*]`, undefined when there is nothing. */
export function select(path: string, document: unknown): unknown {
  const segments = parsePath(path);
  if (segments === null) return undefined;
  let found: readonly unknown[] = [document];
  for (const segment of segments) found = found.flatMap((value) => step(segment, value));
  return segments.includes("all") ? found : found[0];
}

function step(segment: Segment, value: unknown): readonly unknown[] {
  if (segment === "all") return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  if ("index" in segment) return Array.isArray(value) && segment.index < value.length ? [value[segment.index]] : [];
  return isObject(value) && Object.hasOwn(value, segment.name) ? [value[segment.name]] : [];
}
