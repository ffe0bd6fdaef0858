"""The export of the plan follow-up: the register of projects as a file."""

from __future__ import annotations

from services.mailroom.project_file.file import ProjectFile, Seen
from services.mailroom.project_file.options import ProjectFileOptions
from services.mailroom.project_file.reading import Reading, read_projects
from services.mailroom.project_file.rows import RowFault

__all__ = ["ProjectFile", "ProjectFileOptions", "Reading", "RowFault", "Seen", "read_projects"]
