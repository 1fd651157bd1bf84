"""What a conference is, in the workspace."""

from django.urls import path

from staff.conferences import cancelling, content, publishing, settings_page

urlpatterns = [
    path("content/", content.content, name="content"),
    path("content/texts/", content.texts, name="content_texts"),
    path("content/when/", content.when, name="content_when"),
    path("content/registration/", content.registration, name="content_registration"),
    path("content/contact/", content.contact, name="content_contact"),
    path("content/programme/", content.programme, name="content_programme"),
    path("content/products/", content.products, name="content_products"),
    path("content/partners/", content.partners, name="content_partners"),
    path("content/partners/<int:pk>/", content.partner_letters, name="content_partner"),
    path("content/questions/", content.questions, name="content_questions"),
    path("content/questions/new/", content.question, name="content_question_new"),
    path("content/questions/<int:pk>/", content.question, name="content_question"),
    path("settings/", settings_page.settings, name="settings"),
    path("settings/publish/", publishing.publish, name="publish"),
    path("settings/address/", settings_page.address, name="address"),
    path("settings/duplicate/", settings_page.duplicate, name="duplicate"),
    path("settings/cancel/", cancelling.cancel, name="cancel"),
    path("settings/restore/", cancelling.restore, name="restore"),
    path("settings/delete/", settings_page.delete, name="delete"),
]
