"""Whatever writes a text writes what search knows of it, and so the index knows it."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from backoffice.words import search_text
from conversations import inbox, outbox, search
from conversations.models import Conversation, Label, Message
from conversations.search import Words, hits, upkeep
from instagram.events import Edited, Unsent
from tests.conversations.admin.test_labels import post
from tests.instabot.test_layers import ROOT, files
from tests.support.items import echo, incoming
from tests.support.talks import make_conversation

pytestmark = pytest.mark.django_db
