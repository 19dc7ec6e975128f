/** What goes into each Allure result: the verdict, every finding, every lane. Plain data; allure-results.ts writes it. */
import { ContentType, Severity } from "allure-js-commons";
import type { Finding } from "../model/verdict.ts";
import {
  allureStatusOf,
  decides,
  groupOf,
  groupTitles,
  obstacles,
  tagOf,
  verdictSentence,
  verdictStatus,
  type AllureStatus,
  type Group,
} from "./criteria.ts";
import { escapeMarkup, formatMargin, formatMeasured, formatObjective } from "./format.ts";
import type { ReportInput } from "./input.ts";
import { journalExcerpt, lanesOf, type Lane, type LaneStep } from "./lanes.ts";
import { screenshotsOf, type Screenshot } from "./screenshots.ts";
import { stepRows, stepTableHtml, type StepRow } from "./step-rows.ts";

export interface DraftOptions {
  readonly input: ReportInput;
  readonly runFolder: string;
  readonly timelineSvg: string;
}

const suites: Readonly<Record<Group, string>> = {
  recovery: `2 ${groupTitles.recovery}`,
  data: `3 ${groupTitles.data}`,
  application: `4 ${groupTitles.application}`,
  validity: `5 ${groupTitles.validity}`,
};

export interface Draft {
  readonly id: string;
  readonly name: string;
  readonly story: string;
  readonly parentSuite: string;
  readonly suite: string;
  /** Its row in Allure's timeline, which sorts by this: verdict, lanes, steps, the rest. */
  readonly thread: string;
  readonly severity: Severity;
  readonly status: AllureStatus;
  readonly message: string | null;
  readonly startUs: number;
  readonly endUs: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly descriptionHtml?: string;
  readonly description?: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly steps: readonly LaneStep[];
  readonly attachments: readonly Attachment[];
}

export interface Attachment {
  readonly name: string;
  readonly type: string;
  /** A path, or the content itself. */
  readonly content: string | Buffer;
}

export function draftsOf(options: DraftOptions): readonly Draft[] {
  return [
    verdictDraft(options),
    ...options.input.verdict.findings.map((finding) => findingDraft(options, finding)),
    ...lanesOf(options.input).map((lane) => laneDraft(options, lane)),
  ];
}

const pictureOf = (shot: Screenshot): Attachment => ({
  name: `Browser, ${shot.title}`,
  type: ContentType.PNG,
  content: shot.path,
});

/** The tag of the gravest obstacle. */
function verdictTag(input: ReportInput): string {
  const [first] = obstacles(input.verdict);
  return first ? tagOf(first.id) : "[HARNESS]";
}

function verdictDraft({ input, runFolder, timelineSvg }: DraftOptions): Draft {
  const { verdict } = input;
  const status = verdictStatus[verdict.verdict];
  const rows = stepRows(input);
  return {
    id: "verdict",
    name: `${verdict.verdict}: ${input.title}`,
    story: "Verdict",
    parentSuite: "1 Verdict",
    suite: input.title,
    thread: "1 verdict",
    severity: Severity.BLOCKER,
    status,
    message: status === "passed" ? null : `${verdictTag(input)} ${verdictSentence(verdict)}`,
    startUs: Math.min(0, input.bins[0]?.startUs ?? 0),
    endUs: input.endUs,
    parameters: { run: verdict.run },
    descriptionHtml: `<p>${escapeMarkup(verdictSentence(verdict))}</p>${stepTableHtml(input)}`,
    steps: rows.flatMap((row): LaneStep[] => {
      if (row.startUs === null || row.endUs === null) return [];
      const parameters = { budget: row.budget, actual: row.actual, margin: row.margin };
      return [
        {
          name: `${row.title}: ${row.actual}${row.finding.objective ? ` (budget ${row.budget})` : ""}`,
          status: allureStatusOf(row.finding),
          startUs: row.startUs,
          endUs: Math.max(row.startUs, row.endUs),
          parameters,
          message: null,
        },
      ];
    }),
    attachments: [
      ...(timelineSvg === "" ? [] : [{ name: "Timeline", type: ContentType.SVG, content: Buffer.from(timelineSvg) }]),
      ...(input.lost.length > 0 && input.lostCsv !== null
        ? [
            {
              name: "Acknowledged writes lost before replay",
              type: ContentType.CSV,
              content: Buffer.from(input.lostCsv),
            },
          ]
        : []),
      { name: "verdict.json", type: ContentType.JSON, content: Buffer.from(JSON.stringify(verdict, null, 2)) },
      {
        name: "Journal, turning points",
        type: ContentType.TEXT,
        content: Buffer.from(journalExcerpt(input).join("\n")),
      },
      ...screenshotsOf(input, runFolder).map(pictureOf),
    ],
  };
}

function findingDraft({ input }: DraftOptions, finding: Finding): Draft {
  const status = allureStatusOf(finding);
  const row = stepRows(input).find((one) => one.id === finding.id);
  const measured = formatMeasured(finding);
  const limit = formatObjective(finding);
  const figures = finding.measured ? `: ${measured}${finding.objective ? ` (limit ${limit})` : ""}` : "";
  const evidence = finding.evidence.map(evidenceText);
  return {
    id: finding.id,
    name: `${finding.title}${figures}`,
    story: "Criteria",
    parentSuite: suites[groupOf(finding.id)],
    suite: finding.objective ? "Judged" : decides(finding) ? "Gate" : "Disclosed",
    thread: `${row ? 3 : 4} ${finding.id}`,
    severity: finding.objective ? Severity.BLOCKER : decides(finding) ? Severity.CRITICAL : Severity.MINOR,
    status,
    message: status === "passed" ? null : `${tagOf(finding.id)} ${finding.status}: ${finding.reason}`,
    ...spanOf(input, row),
    parameters: { finding: finding.id, limit, measured, margin: formatMargin(finding), status: finding.status },
    description: [
      finding.reason,
      ...(evidence.length > 0 ? ["", "Evidence:", ...evidence.map((one) => `- ${one}`)] : []),
    ].join("\n"),
    expected: limit,
    actual: measured,
    steps: [],
    attachments: [],
  };
}

/** Where a finding lies on Allure's timeline: its step, or the final reads, when it was settled. */
function spanOf(input: ReportInput, row: StepRow | undefined): { readonly startUs: number; readonly endUs: number } {
  if (row && row.startUs !== null && row.endUs !== null) return { startUs: row.startUs, endUs: row.endUs };
  return {
    startUs: input.phases.findLast((phase) => phase.phase === "final-reads")?.startUs ?? input.endUs,
    endUs: input.endUs,
  };
}

function laneDraft({ input, runFolder }: DraftOptions, lane: Lane): Draft {
  return {
    id: `lane.${lane.id}`,
    name: lane.title,
    story: lane.kind,
    parentSuite: "6 What ran",
    suite: lane.kind,
    thread: `2 ${lane.id}`,
    severity: Severity.NORMAL,
    status: lane.status,
    message: lane.message,
    startUs: lane.startUs,
    endUs: lane.endUs,
    parameters: lane.parameters,
    steps: lane.steps,
    attachments: screenshotsOf(input, runFolder)
      .filter(({ file }) => lane.files.includes(file))
      .map(pictureOf),
  };
}

/** "probes/checkout.ndjson:301-342" */
export function evidenceText(evidence: Finding["evidence"][number]): string {
  const place = evidence.range
    ? `:${evidence.range[0]}-${evidence.range[1]}`
    : evidence.line === undefined
      ? ""
      : `:${evidence.line}`;
  return `${evidence.file}${place}`;
}
