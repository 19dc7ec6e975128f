/** Colours of the timeline and the page: Okabe and Ito's set, which people with any colour vision tell apart, tuned for fills. */
export const palette = {
  ink: "#1b2430",
  quiet: "#5b6675",
  rule: "#d5dae1",
  grid: "#e9ecf0",
  paper: "#ffffff",
  nobody: "#e3e6ea",
  fault: "#d55e00",
  ok: "#7cc4ab",
  okLine: "#009e73",
  failed: "#d55e00",
  unknown: "#b45c94",
  p50: "#56b4e9",
  p95: "#0072b2",
  p99: "#12304a",
  lag: "#4a3fa0",
  limit: "#a31515",
  moment: "#39424e",
  phases: ["#eef1f5", "#dde3ea"],
} as const;

/** Regions in the order of the input; a third Region and later ones get the rest of the set. */
const regionColours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7"] as const;

export function regionColour(index: number): string {
  return regionColours[index % regionColours.length] ?? regionColours[0];
}

/** White on blue, ink on amber. */
export function regionTextColour(index: number): string {
  return index % regionColours.length === 1 ? palette.ink : "#ffffff";
}

export const fontFamily = "Inter, 'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";
