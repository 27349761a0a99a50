"""Meridian Labs, an invented company: its teams, machines and services.

A resource is one line that is billed every day. Prices are invented, of plausible size.
"""
from collections import namedtuple

# team: (business unit, cost center)
TEAMS = {
    "ml": ("ai", "cc-210"), "research": ("ai", "cc-220"), "search": ("product", "cc-310"),
    "ads": ("product", "cc-320"), "payments": ("product", "cc-330"), "mobile": ("product", "cc-340"),
    "web": ("product", "cc-350"), "data": ("core", "cc-410"), "platform": ("core", "cc-420"),
    "security": ("core", "cc-430"), "support": ("operations", "cc-510"),
    "finance": ("operations", "cc-520"),
}

# kind: always = 24 h x count; elastic = hours follow the weekday; metered = quantity follows load
Resource = namedtuple(
    "Resource", "name team env service machine gpu kind quantity unit list_price region account "
                "discount covered_rate tags", defaults=(None, None, None, None))


def _r(*args, **more):
    return Resource(*args, **more)


# service: (FOCUS category, subcategory, resource type)
SERVICES = {
    "Amazon Elastic Compute Cloud": ("Compute", "Virtual Machines", "Instance"),
    "Amazon Simple Storage Service": ("Storage", "Object Storage", "Bucket"),
    "Amazon Relational Database Service": ("Databases", "Relational Databases", "Database"),
    "Amazon Redshift": ("Analytics", "Data Warehouses", "Cluster"),
    "Amazon Elastic Kubernetes Service": ("Compute", "Containers", "Cluster"),
    "Amazon CloudFront": ("Networking", "Content Delivery", "Distribution"),
    "AWS Lambda": ("Compute", "Serverless Compute", "Function"),
    "Amazon Simple Queue Service": ("Integration", "Messaging", "Queue"),
    "AWS Data Transfer": ("Networking", "Network Connectivity", None),
    "AWS Support": ("Other", "Support", None),
    "AWS Tax": ("Other", "Other (Other)", None),
    "Virtual Machines": ("Compute", "Virtual Machines", "Virtual machine"),
    "Azure SQL Database": ("Databases", "Relational Databases", "SQL database"),
    "Storage Accounts": ("Storage", "Object Storage", "Storage account"),
    "Azure Monitor": ("Management and Governance", "Observability", "Log Analytics workspace"),
    "Bandwidth": ("Networking", "Network Connectivity", None),
    "Microsoft Tax": ("Other", "Other (Other)", None),
    "Microsoft Credits": ("Other", "Other (Other)", None),
    "GPU Compute": ("AI and Machine Learning", "AI Platforms", "Node"),
    "CPU Compute": ("Compute", "Virtual Machines", "Node"),
    "Distributed File Storage": ("Storage", "File Storage", "Volume"),
    "Managed Grafana": ("Management and Governance", "Observability", None),
}
_EC2, _S3 = "Amazon Elastic Compute Cloud", "Amazon Simple Storage Service"
_RDS, _VM = "Amazon Relational Database Service", "Virtual Machines"

AWS = [
    _r("i-0a51fe0h100ml01", "ml", "prod", _EC2, "p5.48xlarge", "H100", "always", 24, "Hours",
       "98.32", "us-east-1", 0),
    _r("i-0a51fe0h100rs01", "research", "dev", _EC2, "p5.48xlarge", "H100", "elastic", 24, "Hours",
       "98.32", "us-east-1", 0),
    _r("i-0c77aa0a100ads1", "ads", "prod", _EC2, "p4d.24xlarge", "A100", "elastic", 24, "Hours",
       "32.7726", "us-west-2", 1),
    _r("i-0b90cc0l40srch1", "search", "prod", _EC2, "g6e.12xlarge", "L40S", "always", 48, "Hours",
       "10.4926", "us-east-1", 1, covered_rate="6.8201"),
    _r("i-0d15ee0reindex0", "search", "prod", _EC2, "r7i.24xlarge", "", "elastic", 36, "Hours",
       "6.3504", "us-east-1", 1),
    _r("i-0e00ff0plat0001", "platform", "prod", _EC2, "m7i.4xlarge", "", "always", 240, "Hours",
       "0.8064", "us-east-1", 0, covered_rate="0.5297"),
    _r("i-0e00ff0pay00001", "payments", "prod", _EC2, "m7i.4xlarge", "", "elastic", 192, "Hours",
       "0.8064", "us-west-2", 2),
    _r("i-0e00ff0web00001", "web", "prod", _EC2, "c7g.4xlarge", "", "elastic", 264, "Hours",
       "0.58", "us-east-1", 1),
    _r("i-0e00ff0mob00001", "mobile", "prod", _EC2, "c7g.2xlarge", "", "elastic", 216, "Hours",
       "0.29", "us-west-2", 1),
    _r("i-0e00ff0sec00001", "security", "prod", _EC2, "m7i.2xlarge", "", "always", 96, "Hours",
       "0.4032", "us-east-1", 0),
    _r("i-0e00ff0none0001", None, "dev", _EC2, "m5.2xlarge", "", "always", 72, "Hours",
       "0.384", "us-east-1", 2),
    _r("i-0e00ff0forgot01", None, "dev", _EC2, "g5.12xlarge", "A10G", "always", 24, "Hours",
       "5.672", "us-west-2", 2),
    _r("meridian-training-sets", "ml", "prod", _S3, "", "", "metered", 14200, "GB-Days",
       "0.000767", "us-east-1", 0),
    _r("meridian-lake", "data", "prod", _S3, "", "", "metered", 196000, "GB-Days",
       "0.000767", "us-east-1", 0),
    _r("meridian-media", "mobile", "prod", _S3, "", "", "metered", 38000, "GB-Days",
       "0.000767", "us-west-2", 1),
    _r("meridian-backups", None, "prod", _S3, "", "", "metered", 61000, "GB-Days",
       "0.000133", "us-east-1", 0),
    _r("db-payments-main", "payments", "prod", _RDS, "db.r6g.8xlarge", "", "always", 48, "Hours",
       "3.828", "us-west-2", 2),
    _r("db-web-main", "web", "prod", _RDS, "db.r6g.4xlarge", "", "always", 48, "Hours",
       "1.914", "us-east-1", 1),
    _r("db-finance", "finance", "prod", _RDS, "db.m6g.2xlarge", "", "always", 24, "Hours",
       "0.636", "us-east-1", 0),
    _r("wh-analytics", "data", "prod", "Amazon Redshift", "ra3.16xlarge", "", "elastic", 96,
       "Hours", "13.04", "us-east-1", 0),
    _r("eks-core", "platform", "prod", "Amazon Elastic Kubernetes Service", "", "", "always", 120,
       "Hours", "0.1", "us-east-1", 0),
    _r("E2QWRUHAPOMQZL", "web", "prod", "Amazon CloudFront", "", "", "metered", 9120, "GB",
       "0.0425", "us-east-1", 1),
    _r("fn-thumbnail", "mobile", "prod", "AWS Lambda", "", "", "metered", 4100000, "GB-Seconds",
       "0.0000166667", "us-west-2", 1),
    _r("fn-webhook", "payments", "prod", "AWS Lambda", "", "", "metered", 31, "Requests",
       "0.0000002", "us-west-2", 2, tags={"Team": "payments", "env": "prod"}),
    _r("q-audit", "security", "prod", "Amazon Simple Queue Service", "", "", "metered", 13,
       "Requests", "0.0000004", "us-east-1", 0),
    _r("q-orders", "payments", "prod", "Amazon Simple Queue Service", "", "", "metered", 2900000,
       "Requests", "0.0000004", "us-west-2", 2),
    _r("nat-east", None, "prod", "AWS Data Transfer", "", "", "metered", 5300, "GB",
       "0.045", "us-east-1", 0),
    _r("support-desk-index", "support", "prod", _EC2, "m7i.xlarge", "", "always", 72, "Hours",
       "0.2016", "us-east-1", 1, tags={"team": "support", " org": "operations", "env": "prod"}),
]

MICROSOFT = [
    _r("vm-forecast-h100", "finance", "prod", _VM, "Standard_NC40ads_H100_v5", "H100", "elastic",
       48, "1 Hour", "6.98", "westeurope", 0),
    _r("vm-vision-a100", "research", "dev", _VM, "Standard_ND96asr_v4", "A100", "elastic", 24,
       "1 Hour", "27.197", "westeurope", 1),
    _r("vm-erp", "finance", "prod", _VM, "Standard_E32s_v5", "", "always", 96, "1 Hour", "2.016",
       "westeurope", 0, covered_rate="1.2701"),
    _r("vm-helpdesk", "support", "prod", _VM, "Standard_D8s_v5", "", "always", 120, "1 Hour",
       "0.384", "westeurope", 0, covered_rate="0.2419"),
    _r("vm-build", "platform", "dev", _VM, "Standard_F32s_v2", "", "elastic", 160, "1 Hour",
       "1.353", "germanywestcentral", 1, tags={"Team": "platform", "environment": "dev"}),
    _r("vm-sandbox", None, "dev", _VM, "Standard_D4s_v5", "", "elastic", 72, "1 Hour", "0.192",
       "germanywestcentral", 1),
    _r("sql-erp", "finance", "prod", "Azure SQL Database", "", "", "always", 768, "1 vCore Hour",
       "0.2526", "westeurope", 0, tags={"team": "finance", "CostCenter": "ACM9000"}),
    _r("sql-crm", "support", "prod", "Azure SQL Database", "", "", "always", 192, "1 vCore Hour",
       "0.2526", "westeurope", 0, tags={"team": "support", "CostCenter": "acm9000"}),
    _r("stmeridianlogs", "security", "prod", "Storage Accounts", "", "", "metered", 88000,
       "1 GB-Day", "0.000605", "westeurope", 0),
    _r("stmeridianads", "ads", "prod", "Storage Accounts", "", "", "metered", 127000, "1 GB-Day",
       "0.000605", "westeurope", 1),
    _r("law-central", "security", "prod", "Azure Monitor", "", "", "metered", 96, "1 GB", "2.76",
       "westeurope", 0),
    _r("bw-westeurope", None, "prod", "Bandwidth", "", "", "metered", 2600, "1 GB", "0.0803",
       "westeurope", 0),
]

COREWEAVE = [
    _r("cw-h100-0417", "ml", "prod", "GPU Compute", "gd-8xh100ib-i128", "H100", "always", 24,
       "Hours", "49.24", "us-east-04", 0, covered_rate="33.8"),
    _r("cw-h100-0418", "ml", "prod", "GPU Compute", "gd-8xh100ib-i128", "H100", "elastic", 24,
       "Hours", "49.24", "us-east-04", 0),
    _r("cw-a100-0233", "research", "dev", "GPU Compute", "gd-8xa100-i128", "A100", "always", 24,
       "Hours", "21.6", "us-east-04", 0),
    _r("cw-a100-0234", "research", "dev", "GPU Compute", "gd-8xa100-i128", "A100", "always", 24,
       "Hours", "21.6", "us-east-04", 0),
    _r("cw-l40s-0091", "search", "prod", "GPU Compute", "gd-8xl40s-i128", "L40S", "always", 24,
       "Hours", "18", "us-west-01", 0),
    _r("cw-cpu-0007", "platform", "prod", "CPU Compute", "cd-gp-i64-genoa", "", "always", 72,
       "Hours", "4.56", "us-east-04", 0),
    _r("cw-vol-datasets", "ml", "prod", "Distributed File Storage", "", "", "metered", 212000,
       "GB-Hours", "0.000096", "us-east-04", 0),
    _r("cw-vol-scratch", None, "dev", "Distributed File Storage", "", "", "metered", 64000,
       "GB-Hours", "0.000096", "us-east-04", 0),
]

# The hosts whose nvidia-smi captures lie in gpu/: (instance, GPU model as the driver says, MiB, W)
GPU_HOSTS = [
    ("cw-h100-0417", "NVIDIA H100 80GB HBM3", 81559, 700),
    ("cw-a100-0233", "NVIDIA A100-SXM4-80GB", 81920, 400),
    ("cw-l40s-0091", "NVIDIA L40S", 46068, 350),
]


def tags_of(resource):
    """The tags of a resource; None where nobody tagged it."""
    if resource.tags is not None:
        return resource.tags
    if resource.team is None:
        return None
    unit, center = TEAMS[resource.team]
    return {"team": resource.team, "env": resource.env, "cost_center": center,
            "business_unit": unit}
