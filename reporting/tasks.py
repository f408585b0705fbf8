"""Background work of reporting: the PDFs of documents that are complete, the scores of units."""

import logging

from celery import shared_task

from kinerjaku import clock, documents
from kinerjaku.errors import DomainError
from kinerjaku.models import Document

from .actions import score

log = logging.getLogger("kinerjaku.documents")


@shared_task(name="reporting.render_documents")
def render_documents() -> None:
    due = Document.objects.filter(rendered_at=None, sealed_at__isnull=False).order_by("sealed_at")
    for document_id in due.values_list("pk", flat=True)[:200]:
        try:
            documents.render(document_id, at=clock.now())
        except DomainError as error:
            log.error("document %s is not rendered: %s", document_id, error.code)
        except Exception:  # one that cannot be drawn must not hold up all others
            log.exception("document %s is not rendered", document_id)


@shared_task(name="reporting.compute_scores")
def compute_scores() -> None:
    """Where something has changed; a day on which nobody works costs one look at the audit."""
    score.catch_up(at=clock.now())
