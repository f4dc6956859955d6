"""Application logic without Qt: jobs, drafts, deployments, presets, results and spending.

Each package is one feature; `base` serves all of them. Methods that the window calls return at
once, and topics announce the outcome. Tasks are created by `base.tasks` only. Start with
`jobs.job_queue`.
"""
