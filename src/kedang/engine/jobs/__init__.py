"""Long work as rows: it outlives a kill, shows how far it is, stops when asked, and does nothing twice."""

from kedang.engine.jobs.queueing import SYSTEM, job_url, queue
from kedang.engine.jobs.registry import job, schedule
from kedang.engine.jobs.running import JobRun, Stopped

__all__ = ["SYSTEM", "JobRun", "Stopped", "job", "job_url", "queue", "schedule"]
