"""Colleagues in templates, by the name that every page has for them."""

from django import template
from django.contrib.auth.base_user import AbstractBaseUser

from backoffice import people

register = template.Library()


@register.filter
def called(username: str) -> str:
    return people.called(username)


@register.filter
def call(user: AbstractBaseUser) -> str:
    return people.call(user)
