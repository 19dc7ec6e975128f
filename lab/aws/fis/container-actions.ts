/** Actions of FIS on ECS tasks, EKS pods and Lambda functions. */
import { define, type ActionDefinition, type Slot } from "./action-definition.ts";
import { choice, duration, flag, number, optional, percentage, text } from "./parameters.ts";

const tasks: Slot = ["Tasks", "aws:ecs:task"];
const pods: Slot = ["Pods", "aws:eks:pod"];
const functions: Slot = ["Functions", "aws:lambda:function"];
const invocation = {
  duration: duration(),
  invocationPercentage: optional(percentage("Share of the invocations, in percent")),
};
const install = { installDependencies: optional(flag("Install what the fault needs")) };
const endpoints = { useEcsFaultInjectionEndpoints: optional(flag("Use the ECS fault injection endpoints")) };
const stress = {
  duration: duration(),
  percent: optional(percentage("Target load, in percent")),
  workers: optional(number("Stressors; 0 = one per vCPU", 0, 1024)),
};
const flows = {
  flowsPercent: optional(percentage("Share of the network flows, in percent")),
  sources: optional(text("Addresses, CIDR blocks, domains, Availability Zones or service names, separated by commas")),
};
const latency = {
  duration: duration(),
  delayMilliseconds: optional(number("Delay, ms", 0, 60_000)),
  jitterMilliseconds: optional(number("Jitter, ms", 0, 60_000)),
  ...flows,
};
const loss = { duration: duration(), lossPercent: optional(percentage("Packets lost, in percent")), ...flows };
const blackhole = {
  duration: duration(),
  port: number("Port", 0, 65_535),
  trafficType: choice("Direction", "ingress", "egress"),
};
const protocol = choice("Protocol", "tcp", "udp");
const networkInterface = { interface: optional(text("Network interfaces, separated by commas")) };
const pod = {
  kubernetesServiceAccount: text("Kubernetes service account"),
  fisPodContainerImage: optional(text("Image of the fault injector pod")),
  fisPodLabels: optional(text("Labels of the fault injector pod")),
  fisPodAnnotations: optional(text("Annotations of the fault injector pod")),
  fisPodSecurityPolicy: optional(text("Pod Security Standards policy")),
  maxErrorsPercent: optional(percentage("Targets that may fail, in percent")),
};

export const containerActions: readonly ActionDefinition[] = [
  define(
    "aws:ecs:drain-container-instances",
    "Drain container instances of clusters.",
    ["Clusters", "aws:ecs:cluster"],
    {
      drainagePercentage: percentage("Container instances that are drained, in percent"),
      duration: duration(),
    },
  ),
  define("aws:ecs:stop-task", "Stop ECS tasks.", tasks),
  define("aws:ecs:task-cpu-stress", "Stress the CPU of ECS tasks.", tasks, { ...stress, ...install }),
  define("aws:ecs:task-io-stress", "Stress the I/O of ECS tasks.", tasks, { ...stress, ...install }),
  define("aws:ecs:task-kill-process", "Kill a process in ECS tasks.", tasks, {
    processName: text("Name of the process"),
    signal: optional(text("Signal, e.g. SIGTERM or SIGKILL")),
    ...install,
  }),
  define("aws:ecs:task-network-blackhole-port", "Drop traffic of a port of ECS tasks.", tasks, {
    ...blackhole,
    protocol: optional(protocol),
    ...install,
    ...endpoints,
  }),
  define("aws:ecs:task-network-latency", "Delay the network of ECS tasks.", tasks, {
    ...latency,
    ...install,
    ...endpoints,
  }),
  define("aws:ecs:task-network-packet-loss", "Lose packets of ECS tasks.", tasks, {
    ...loss,
    ...install,
    ...endpoints,
  }),
  define(
    "aws:eks:inject-kubernetes-custom-resource",
    "Create a Chaos Mesh or Litmus resource.",
    ["Cluster", "aws:eks:cluster"],
    {
      kubernetesApiVersion: text("apiVersion of the resource"),
      kubernetesKind: text("kind of the resource"),
      kubernetesNamespace: text("Namespace of the resource"),
      kubernetesSpec: text("spec of the resource, as a JSON string"),
      maxDuration: duration("Longest time until the resource has ended (ISO 8601)"),
    },
  ),
  define("aws:eks:pod-cpu-stress", "Stress the CPU of pods.", pods, { ...stress, ...pod }),
  define("aws:eks:pod-delete", "Delete pods.", pods, {
    gracePeriodSeconds: optional(number("Grace period, s", 0, 3600)),
    ...pod,
  }),
  define("aws:eks:pod-io-stress", "Stress the I/O of pods.", pods, { ...stress, ...pod }),
  define("aws:eks:pod-memory-stress", "Stress the memory of pods.", pods, { ...stress, ...pod }),
  define("aws:eks:pod-network-blackhole-port", "Drop traffic of a port of pods.", pods, {
    ...blackhole,
    protocol,
    ...pod,
  }),
  define("aws:eks:pod-network-latency", "Delay the network of pods.", pods, {
    ...latency,
    ...networkInterface,
    ...pod,
  }),
  define("aws:eks:pod-network-packet-loss", "Lose packets of pods.", pods, { ...loss, ...networkInterface, ...pod }),
  define(
    "aws:eks:terminate-nodegroup-instances",
    "Terminate instances of node groups.",
    ["Nodegroups", "aws:eks:nodegroup"],
    {
      instanceTerminationPercentage: percentage("Instances that are terminated, in percent"),
    },
  ),
  define("aws:lambda:invocation-add-delay", "Delay the start of functions.", functions, {
    ...invocation,
    startupDelayMilliseconds: optional(number("Delay, ms", 0, 900_000)),
  }),
  define("aws:lambda:invocation-error", "Mark invocations of functions as failed.", functions, {
    ...invocation,
    preventExecution: flag("Fail without running the function"),
  }),
  define("aws:lambda:invocation-http-integration-response", "Answer for functions behind HTTP.", functions, {
    ...invocation,
    statusCode: number("HTTP status", 100, 599),
    contentTypeHeader: text("Content type of the answer"),
    preventExecution: flag("Answer without running the function"),
  }),
];
