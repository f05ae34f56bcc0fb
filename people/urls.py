"""Pages beside the admin's own: logging in, one's second factor, and what an invitation opens."""

from django.urls import path

from people.invitations import acceptance
from people.login import new_password
from people.login import page as log_in
from people.second_factor import code, pages

urlpatterns = [
    path("login/", log_in.show),  # these two in place of the admin's, by its names
    path("password_change/", new_password.show),
    path("login/code/", code.ask, name="second_factor_code"),
    path("second-factor/", pages.show, name="second_factor"),
    path("second-factor/required/", pages.show_requirement, name="second_factor_required"),
    path("second-factor/begin/", pages.begin, name="second_factor_begin"),
    path("second-factor/set-up/", pages.set_up, name="second_factor_set_up"),
    path("second-factor/codes/", pages.renew_codes, name="second_factor_codes"),
    path("second-factor/off/", pages.switch_off, name="second_factor_off"),
    path("invitation/", acceptance.show, name="invitation"),
]
