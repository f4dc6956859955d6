"""Application logic without Qt: jobs, drafts, deployments, presets, results and money.

Each package is one feature. Methods that the window calls return at once, and topics tell what came
of them. All tasks are created here. Start with `jobs.job_queue`.
"""
