"""One change of a rule: who made it, when, and the rule before and after."""

from django.db import models


class RuleChange(models.Model):
    """Written only by rules.history. Matching does not read it."""

    class What(models.TextChoices):
        CREATED = "created", "created"
        CHANGED = "changed", "changed"
        DELETED = "deleted", "deleted"
        REVERTED = "reverted", "went back"
        IMPORTED = "imported", "imported"

    rule = models.BigIntegerField()  # its id and no foreign key: a deleted rule has a history, too
    name = models.CharField(max_length=100)
    at = models.DateTimeField(auto_now_add=True)
    by = models.CharField(max_length=150)
    what = models.CharField(max_length=10, choices=What)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            # The history of a rule, the newest first.
            models.Index(fields=["rule", "-id"], name="rules_change_rule"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(before__isnull=False) | models.Q(after__isnull=False),
                name="rules_change_says_something",
            ),
        ]
        verbose_name = "change of a rule"
        verbose_name_plural = "changes of rules"
        default_permissions = ()  # who may see a rule may see its history

    def __str__(self) -> str:
        return f"{self.name} {self.what} by {self.by}"
