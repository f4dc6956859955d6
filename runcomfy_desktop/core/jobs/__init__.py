"""Jobs from Run to their final state: created, sent, polled and cancelled.

Users see each job as a row of the queue. A submit is never repeated, and every change is written to
disk before it takes effect. Start with `job_queue`.
"""
