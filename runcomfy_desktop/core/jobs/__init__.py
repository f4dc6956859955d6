"""Jobs from Run to their last state: created, sent, polled and cancelled.

Users see them as rows of the queue. A submit is never repeated, and each change is on disk before
anything else happens. Start with `job_queue`.
"""
