/** The actions of an Automation step: which there are, which the lab does, the inputs each takes and the outputs it has without being asked. */
export interface ActionShape {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Any further input is a parameter of the API that is called. */
  readonly open: boolean;
  readonly outputs: readonly string[];
  /** Seconds, when the step does not say; AWS's own defaults. */
  readonly timeoutSeconds: number;
}

const hour = 3600;
const week = 7 * 24 * hour;
const shape = (required: readonly string[], more: Partial<ActionShape> = {}): ActionShape => ({
  required,
  optional: [],
  open: false,
  outputs: [],
  timeoutSeconds: hour,
  ...more,
});

export const supportedActions: Readonly<Record<string, ActionShape>> = {
  "aws:approve": shape(["Approvers"], {
    optional: ["NotificationArn", "Message", "MinRequiredApprovals"],
    outputs: ["ApprovalStatus", "ApproverDecisions"],
    timeoutSeconds: week,
  }),
  "aws:assertAwsResourceProperty": shape(["Service", "Api", "PropertySelector", "DesiredValues"], { open: true }),
  "aws:branch": shape(["Choices"], { optional: ["Default"] }),
  "aws:executeAwsApi": shape(["Service", "Api"], { open: true }),
  "aws:invokeLambdaFunction": shape(["FunctionName"], {
    optional: ["InputPayload", "Payload", "InvocationType"],
    outputs: ["StatusCode", "Payload"],
    timeoutSeconds: 300,
  }),
  "aws:pause": shape([], { timeoutSeconds: week }),
  "aws:sleep": shape([], { optional: ["Duration", "Timestamp"], timeoutSeconds: week }),
  "aws:waitForAwsResourceProperty": shape(["Service", "Api", "PropertySelector", "DesiredValues"], { open: true }),
};

/** A document may name these; a step of them fails in the lab. */
const otherActions = [
  "aws:changeInstanceState",
  "aws:copyImage",
  "aws:createImage",
  "aws:createStack",
  "aws:createTags",
  "aws:deleteImage",
  "aws:deleteStack",
  "aws:executeAutomation",
  "aws:executeScript",
  "aws:executeStateMachine",
  "aws:invokeWebhook",
  "aws:loop",
  "aws:runCommand",
  "aws:runInstances",
  "aws:updateVariable",
];

export const actionShape = (action: string): ActionShape | null =>
  Object.hasOwn(supportedActions, action) ? (supportedActions[action] ?? null) : null;

export const isAction = (action: string): boolean => actionShape(action) !== null || otherActions.includes(action);
