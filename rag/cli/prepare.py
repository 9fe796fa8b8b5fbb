"""`rag prepare`: verifies the weights that the settings name and prepares them, so that later starts are quick."""

from __future__ import annotations

import click

from rag.cli.options import settings_of
from rag.cli.output import echo_note


@click.command(short_help="Verify and prepare the model weights.")
def prepare() -> None:
    """Verify the model weights and convert them once into forms that load in seconds.

    These are the encoder's and those of the `local` generator. What is prepared already is left as it is.
    """
    from rag.encoders import prepare_encoder
    from rag.generators import prepare_generator
    from rag.models import models_dir

    settings = settings_of()
    folder = models_dir(settings)
    prepare_encoder(settings.encoder, precision=settings.encoder_precision, models_dir=folder, progress=echo_note)
    echo_note(f"the encoder {settings.encoder} is ready")
    prepare_generator(settings.model or None, models_dir=folder)
    echo_note(f"the language model {settings.model or 'SmolLM2-135M-Instruct'} is ready")
