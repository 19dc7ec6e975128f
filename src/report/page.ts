/**
 * Our own one-page report: static and whole in itself (style, timeline and screenshots inside, no script), so that it opens from
 * disk, prints, and can be sent. It says first what the verdict is, then why, then with what it was measured.
 */
import { readFileSync } from "node:fs";
import { groundsOf, verdictSentence } from "./criteria.ts";
import { loadFacts, placeFacts, toolFacts, writeFacts, type Facts } from "./facts.ts";
import { escapeMarkup as escape, formatDuration, formatUtc } from "./format.ts";
import { placeOf, type ReportInput } from "./input.ts";
import { anchorOf, chip, findingsHtml, lostHtml, stepsHtml, tilesHtml, type Tone } from "./page-parts.ts";
import { pageStyle } from "./page-style.ts";
import { screenshotsOf, type Screenshot } from "./screenshots.ts";

export interface PageOptions {
  readonly input: ReportInput;
  readonly runFolder: string;
  readonly timelineSvg: string;
  /** Names of files beside the page that exist, for its foot. */
  readonly files: readonly string[];
}

const tones: Readonly<Record<ReportInput["verdict"]["verdict"], Tone>> = {
  PASS: "pass",
  FAIL: "fail",
  INCONCLUSIVE: "open",
};

export function pageHtml({ input, runFolder, timelineSvg, files }: PageOptions): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escape(`${input.verdict.verdict}: ${input.title}`)}</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
${bannerHtml(input)}
${tilesHtml(input)}
${obstaclesHtml(input)}
<section class="card timeline wide">${timelineSvg}</section>
${stepsHtml(input)}
${lostHtml(input)}
${screenshotsHtml(input, screenshotsOf(input, runFolder))}
${findingsHtml(input)}
${factsHtml(input)}
${healthHtml(input)}
<footer><span>${escape(input.verdict.run)}</span>${files.map((file) => `<a href="${escape(encodeURI(file))}">${escape(file)}</a>`).join("")}</footer>
</main>
</body>
</html>
`;
}

function bannerHtml(input: ReportInput): string {
  const { verdict, manifest } = input;
  const meta = [
    `${manifest.environment.title}: ${input.regions.join(" → ")}`,
    `${formatUtc(input.epochWallMs)}, ${formatDuration(input.endUs / 1000)}`,
    manifest.git
      ? `commit ${manifest.git.commit.slice(0, 12)}${manifest.git.dirty ? " with uncommitted changes" : ""}`
      : "no git commit",
    verdict.run,
  ];
  return `<section class="card banner ${tones[verdict.verdict]}"><div class="word" data-testid="verdict">${verdict.verdict}</div>
<div><h1>${escape(input.title)}</h1><p>${escape(verdictSentence(verdict))}</p>${input.description ? `<p class="reason">${escape(input.description)}</p>` : ""}</div>
<div class="meta">${meta.map((one) => `<span>${escape(one)}</span>`).join("")}</div></section>`;
}

/** Only when there are any: what stands against PASS, before anything else. */
function obstaclesHtml(input: ReportInput): string {
  const grounds = groundsOf(input.verdict);
  if (grounds.length === 0) return "";
  const rows = grounds.map(({ finding, also }) => {
    const others = also.map(({ id, title }) => `<a href="#${anchorOf(id)}">${escape(title)}</a>`).join("; ");
    const same = others === "" ? "" : `<br><span class="reason same">For the same reason: ${others}.</span>`;
    return `<tr><td>${chip(finding)}</td><td>${escape(finding.title)}<br><span class="reason">${escape(finding.reason)}</span>${same}</td></tr>`;
  });
  const title = input.verdict.verdict === "FAIL" ? "Why it failed" : "Why there is no PASS";
  return `<section class="card against"><h2>${title}</h2><table><tbody>${rows.join("\n")}</tbody></table></section>`;
}

const mostScreenshots = 9;

function screenshotsHtml(input: ReportInput, screenshots: readonly Screenshot[]): string {
  if (screenshots.length === 0) return "";
  const faultUs = input.moments.fault ? placeOf(input.moments.fault) : null;
  const figures = screenshots.slice(0, mostScreenshots).map((shot) => {
    const apart = faultUs === null ? shot.us : Math.abs(shot.us - faultUs);
    const when =
      faultUs === null
        ? `${formatDuration(apart / 1000)} after the start`
        : `${formatDuration(apart / 1000)} ${shot.us < faultUs ? "before" : "after"} the fault`;
    const what = shot.ok ? "the payment went through" : (shot.error ?? "the payment did not go through");
    const image = readFileSync(shot.path).toString("base64");
    return `<figure><img alt="${escape(`Browser, ${shot.title}`)}" src="data:image/png;base64,${image}"><figcaption><strong>${escape(shot.title)}</strong>, ${escape(when)}: ${escape(what)}</figcaption></figure>`;
  });
  return `<section class="card"><h2>What a customer saw</h2><div class="shots">${figures.join("\n")}</div></section>`;
}

function factsHtml(input: ReportInput): string {
  const list = (title: string, facts: Facts): string =>
    `<div><h3>${title}</h3><dl>${Object.entries(facts)
      .map(([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`)
      .join("")}</dl></div>`;
  return `<section class="card"><h2>Measured with</h2><div class="facts">${list("Where", placeFacts(input))}${list("Load", loadFacts(input))}${list("Writes", writeFacts(input))}${list("Tools", toolFacts(input))}</div></section>`;
}

function healthHtml(input: ReportInput): string {
  if (input.health.length === 0 && input.evidenceNotes.length === 0) return "";
  const rows = input.health.map(({ name, value, sound }) => {
    const [tone, word] = sound === null ? ["none", "disclosed"] : sound ? ["pass", "✓ sound"] : ["fail", "✗ not sound"];
    return `<tr><td>${escape(name)}</td><td class="number">${escape(value)}</td><td><span class="chip ${tone}">${word}</span></td></tr>`;
  });
  const notes = input.evidenceNotes.map((note) => `<li>${escape(note)}</li>`).join("");
  return `<section class="card"><h2>The harness's own health</h2><table><tbody>${rows.join("\n")}</tbody></table>${notes ? `<ul class="reason">${notes}</ul>` : ""}</section>`;
}
