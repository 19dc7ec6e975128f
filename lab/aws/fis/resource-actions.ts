/** Actions of FIS on everything that is neither container nor function: hosts, disks, networks, data stores, the API itself. */
import { define, type ActionDefinition, type Slot } from "./action-definition.ts";
import { choice, duration, flag, minute, number, oneSecond, optional, percentage, text } from "./parameters.ts";

const roles: Slot = ["Roles", "aws:iam:role"];
const instances: Slot = ["Instances", "aws:ec2:instance"];
const volumes: Slot = ["Volumes", "aws:ec2:ebs-volume"];
const subnets: Slot = ["Subnets", "aws:ec2:subnet"];
const streams: Slot = ["KinesisStreams", "aws:kinesis:stream"];
const percent = percentage("Share that is affected, in percent");
const zones = text("Availability Zone identifiers, separated by commas");
const region = text("The Region to be cut off from");
const injectApi = {
  duration: duration(),
  service: choice("The API's namespace", "ec2", "kinesis"),
  percentage: percent,
  operations: text("Operations that fail, separated by commas"),
};
const ssmDocument = {
  documentArn: text("ARN of the document"),
  documentVersion: optional(text("Version of the document")),
  documentParameters: optional(text("Parameters of the document, as a JSON string")),
};

export const resourceActions: readonly ActionDefinition[] = [
  define(
    "aws:arc:start-zonal-autoshift",
    "Start a zonal autoshift of managed resources.",
    ["ManagedResources", "aws:arc:zonal-shift-managed-resource"],
    {
      duration: duration(),
      availabilityZoneIdentifier: text("The zone that traffic leaves"),
      managedResourceTypes: text("ASG, ALB, NLB, EKS, separated by commas"),
      zonalAutoshiftStatus: optional(choice("Status of zonal autoshift", "ENABLED", "DISABLED", "ANY")),
    },
  ),
  define("aws:cloudwatch:assert-alarm-state", "Assert that alarms are in the expected states.", null, {
    alarmArns: text("ARNs of up to 5 alarms, separated by commas"),
    alarmStates: text("OK, ALARM, INSUFFICIENT_DATA, separated by commas"),
  }),
  define(
    "aws:directconnect:virtual-interface-disconnect",
    "Disconnect Direct Connect virtual interfaces.",
    ["VirtualInterfaces", "aws:directconnect:virtual-interface"],
    { duration: duration("How long the action lasts (ISO 8601)", 10 * minute) },
  ),
  define(
    "aws:dsql:cluster-connection-failure",
    "Fail connections to Aurora DSQL clusters.",
    ["Clusters", "aws:dsql:cluster"],
    {
      duration: duration(),
      percentage: percent,
    },
  ),
  define(
    "aws:dynamodb:global-table-pause-replication",
    "Pause the replication of global tables.",
    ["Tables", "aws:dynamodb:global-table"],
    { duration: duration() },
  ),
  define("aws:ebs:pause-volume-io", "Pause I/O of EBS volumes.", volumes, {
    duration: duration("How long the action lasts (ISO 8601)", oneSecond),
  }),
  define("aws:ebs:volume-io-latency", "Delay I/O of EBS volumes.", volumes, {
    duration: duration("How long the action lasts (ISO 8601)", oneSecond),
    readIOPercentage: optional(number("Reads that are delayed, in percent", 0.1, 100)),
    readIOLatencyMilliseconds: optional(number("Delay of reads, ms", 1, 60_000)),
    writeIOPercentage: optional(number("Writes that are delayed, in percent", 0.1, 100)),
    writeIOLatencyMilliseconds: optional(number("Delay of writes, ms", 1, 60_000)),
  }),
  define("aws:ec2:api-insufficient-instance-capacity-error", "Answer EC2 requests with insufficient capacity.", roles, {
    duration: duration(),
    availabilityZoneIdentifiers: zones,
    percentage: percent,
  }),
  define(
    "aws:ec2:asg-insufficient-instance-capacity-error",
    "Answer Auto Scaling groups' requests with insufficient capacity.",
    ["AutoScalingGroups", "aws:ec2:autoscaling-group"],
    { duration: duration(), availabilityZoneIdentifiers: zones, percentage: optional(percent) },
  ),
  define("aws:ec2:reboot-instances", "Reboot EC2 instances.", instances),
  define(
    "aws:ec2:send-spot-instance-interruptions",
    "Interrupt Spot Instances.",
    ["SpotInstances", "aws:ec2:spot-instance"],
    {
      durationBeforeInterruption: duration("Notice before the interruption (ISO 8601)", 2 * minute, 15 * minute),
    },
  ),
  define("aws:ec2:stop-instances", "Stop EC2 instances.", instances, {
    startInstancesAfterDuration: optional(duration("Time until the instances are started again (ISO 8601)")),
    completeIfInstancesTerminated: optional(flag("Complete when the stopped instances have been terminated meanwhile")),
  }),
  define("aws:ec2:terminate-instances", "Terminate EC2 instances.", instances),
  define(
    "aws:elasticache:replicationgroup-interrupt-az-power",
    "Interrupt the power of replication groups' nodes in a zone.",
    ["ReplicationGroups", "aws:elasticache:replicationgroup"],
    { duration: duration() },
  ),
  define("aws:fis:inject-api-internal-error", "Answer AWS API requests with internal errors.", roles, injectApi),
  define("aws:fis:inject-api-throttle-error", "Answer AWS API requests with throttling errors.", roles, injectApi),
  define("aws:fis:inject-api-unavailable-error", "Answer AWS API requests with unavailable errors.", roles, injectApi),
  define("aws:fis:wait", "Wait.", null, { duration: duration() }),
  define("aws:kinesis:stream-expired-iterator-exception", "Expire the iterators of streams.", streams, {
    duration: duration(),
    percentage: percent,
  }),
  define("aws:kinesis:stream-provisioned-throughput-exception", "Exceed the throughput of streams.", streams, {
    duration: duration(),
    percentage: percent,
  }),
  define(
    "aws:memorydb:multi-region-cluster-pause-replication",
    "Pause the replication of multi-Region clusters.",
    ["MultiRegionClusters", "aws:memorydb:multi-region-cluster"],
    { duration: duration() },
  ),
  define("aws:network:disrupt-connectivity", "Disrupt the connectivity of subnets.", subnets, {
    duration: duration(),
    scope: choice(
      "Traffic that is denied",
      "all",
      "availability-zone",
      "dynamodb",
      "prefix-list",
      "s3",
      "s3express",
      "vpc",
    ),
    prefixListIdentifier: optional(text("The customer-managed prefix list, when scope is prefix-list")),
  }),
  define("aws:network:disrupt-vpc-endpoint", "Disrupt VPC endpoints.", ["VPCEndpoints", "aws:ec2:vpc-endpoint"], {
    duration: duration(),
  }),
  define(
    "aws:network:route-table-disrupt-cross-region-connectivity",
    "Block subnets' traffic to another Region.",
    subnets,
    {
      duration: duration(),
      region,
    },
  ),
  define(
    "aws:network:transit-gateway-disrupt-cross-region-connectivity",
    "Block transit gateways' traffic to another Region.",
    ["TransitGateways", "aws:ec2:transit-gateway"],
    { duration: duration(), region },
  ),
  define("aws:rds:failover-db-cluster", "Fail over database clusters.", ["Clusters", "aws:rds:cluster"]),
  define("aws:rds:reboot-db-instances", "Reboot database instances.", ["DBInstances", "aws:rds:db"], {
    forceFailover: optional(flag("Fail over to the standby")),
  }),
  define("aws:s3:bucket-pause-replication", "Pause the replication of buckets.", ["Buckets", "aws:s3:bucket"], {
    duration: duration(),
    region,
    destinationBuckets: optional(text("Destination buckets, separated by commas")),
    prefixes: optional(text("Key prefixes, separated by commas")),
  }),
  define("aws:ssm:send-command", "Run a command document on instances.", instances, {
    ...ssmDocument,
    duration: duration(),
  }),
  define("aws:ssm:start-automation-execution", "Run an Automation document.", null, {
    ...ssmDocument,
    maxDuration: duration("Longest time for the automation (ISO 8601)"),
  }),
];
