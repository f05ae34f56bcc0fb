"""Where Meta's Graph API is: which host an account is called at depends on how it was connected."""

FACEBOOK = "https://graph.facebook.com"
INSTAGRAM = "https://graph.instagram.com"
