
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import phonenumber_field.modelfields
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import conference.reserved


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Conference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('search_text', models.TextField(blank=True, editable=False, verbose_name='search text')),
                ('name', models.CharField(max_length=250, verbose_name='name')),
                ('short_name', models.CharField(help_text='For SMS, headings and calendars.', max_length=60, verbose_name='short name')),
                ('slug', models.SlugField(help_text='The last part of its web address, such as na-chi-lang-2027.', max_length=60, unique=True, validators=[conference.reserved.validate_free_address], verbose_name='address')),
                ('summary', models.TextField(blank=True, help_text='Two sentences for the home page.', max_length=600, verbose_name='summary')),
                ('purpose', models.TextField(blank=True, max_length=8000, verbose_name='purpose')),
                ('starts_at', models.DateTimeField(verbose_name='start')),
                ('ends_at', models.DateTimeField(verbose_name='end')),
                ('is_tentative', models.BooleanField(default=False, help_text='Shown as “dự kiến” wherever the date stands.', verbose_name='date is tentative')),
                ('registration_opens_at', models.DateTimeField(blank=True, null=True, verbose_name='registration opens')),
                ('registration_closes_at', models.DateTimeField(blank=True, help_text='Empty: when the conference starts.', null=True, verbose_name='registration closes')),
                ('doors_open_minutes', models.PositiveSmallIntegerField(default=30, help_text='Minutes before the start.', validators=[django.core.validators.MaxValueValidator(1440)], verbose_name='join pages open')),
                ('preparation', models.TextField(blank=True, help_text='One item a line; shown on the join page.', max_length=2000, verbose_name='what to prepare')),
                ('contact_name', models.CharField(blank=True, max_length=150, verbose_name='contact')),
                ('contact_email', models.EmailField(blank=True, help_text='Answers to our mails go here.', max_length=254, verbose_name='contact e-mail')),
                ('contact_phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='contact phone')),
                ('is_published', models.BooleanField(default=False, help_text='Until then only its organisers see it, in the administration.', verbose_name='published')),
                ('cancelled_at', models.DateTimeField(blank=True, null=True, verbose_name='cancelled at')),
                ('scheduled_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='date set at')),
                ('organisers', models.ManyToManyField(blank=True, limit_choices_to={'is_organiser': True}, related_name='conferences', to=settings.AUTH_USER_MODEL, verbose_name='organisers')),
            ],
            options={
                'verbose_name': 'conference',
                'verbose_name_plural': 'conferences',
                'ordering': ['-starts_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalConference',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(max_length=250, verbose_name='name')),
                ('short_name', models.CharField(help_text='For SMS, headings and calendars.', max_length=60, verbose_name='short name')),
                ('slug', models.SlugField(help_text='The last part of its web address, such as na-chi-lang-2027.', max_length=60, validators=[conference.reserved.validate_free_address], verbose_name='address')),
                ('summary', models.TextField(blank=True, help_text='Two sentences for the home page.', max_length=600, verbose_name='summary')),
                ('purpose', models.TextField(blank=True, max_length=8000, verbose_name='purpose')),
                ('starts_at', models.DateTimeField(verbose_name='start')),
                ('ends_at', models.DateTimeField(verbose_name='end')),
                ('is_tentative', models.BooleanField(default=False, help_text='Shown as “dự kiến” wherever the date stands.', verbose_name='date is tentative')),
                ('registration_opens_at', models.DateTimeField(blank=True, null=True, verbose_name='registration opens')),
                ('registration_closes_at', models.DateTimeField(blank=True, help_text='Empty: when the conference starts.', null=True, verbose_name='registration closes')),
                ('doors_open_minutes', models.PositiveSmallIntegerField(default=30, help_text='Minutes before the start.', validators=[django.core.validators.MaxValueValidator(1440)], verbose_name='join pages open')),
                ('preparation', models.TextField(blank=True, help_text='One item a line; shown on the join page.', max_length=2000, verbose_name='what to prepare')),
                ('contact_name', models.CharField(blank=True, max_length=150, verbose_name='contact')),
                ('contact_email', models.EmailField(blank=True, help_text='Answers to our mails go here.', max_length=254, verbose_name='contact e-mail')),
                ('contact_phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='contact phone')),
                ('is_published', models.BooleanField(default=False, help_text='Until then only its organisers see it, in the administration.', verbose_name='published')),
                ('cancelled_at', models.DateTimeField(blank=True, null=True, verbose_name='cancelled at')),
                ('scheduled_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='date set at')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical conference',
                'verbose_name_plural': 'historical conferences',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Partner',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('role', models.CharField(choices=[('host', 'host'), ('organiser', 'organiser'), ('co_organiser', 'co-organiser'), ('infrastructure', 'connection infrastructure'), ('point', 'runs a bridge point'), ('local', 'local organisation'), ('support', 'support')], max_length=20, verbose_name='role')),
                ('duty', models.CharField(blank=True, max_length=400, verbose_name='what it does')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('conference', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='partners', to='conference.conference', verbose_name='conference')),
            ],
            options={
                'verbose_name': 'partner',
                'verbose_name_plural': 'partners',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ProgrammeItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='start')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='end')),
                ('title', models.CharField(max_length=250, verbose_name='title')),
                ('speaker', models.CharField(blank=True, max_length=250, verbose_name='who')),
                ('conference', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='programme', to='conference.conference', verbose_name='conference')),
            ],
            options={
                'verbose_name': 'programme item',
                'verbose_name_plural': 'programme',
                'ordering': ['starts_at', 'id'],
            },
        ),
        migrations.AddIndex(
            model_name='conference',
            index=models.Index(fields=['is_published', 'ends_at'], name='conference_public'),
        ),
        migrations.AddConstraint(
            model_name='conference',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='conference_ends_after_start'),
        ),
    ]
